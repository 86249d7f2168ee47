"""Whom a caller knows already: the agent of the last talk is waited for, for a while."""

from datetime import datetime, timedelta
from typing import NamedTuple

from kernel.contracts.queues import Distribution, Preferred
from kernel.primitives.ids import UserId


class LastTalk(NamedTuple):
    agent: UserId
    ended_at: datetime


def preferred(
    rules: Distribution, last: LastTalk | None, asked: Preferred | None, now: datetime, *, is_logged_in: bool
) -> Preferred | None:
    """What a flow or an admin asks for comes before the last agent.

    `is_logged_in` is about the one of them that counts: nobody waits for an agent who is not there.
    """
    if not is_logged_in:
        return None
    if asked is not None:
        return asked
    setting = rules.last_agent
    if setting is None or last is None or now - last.ended_at > timedelta(seconds=setting.within_seconds):
        return None
    return Preferred(last.agent, setting.hold_seconds)
