"""What is done about each difference, as one table: who is told what.

The log is right about what was decided, the gateway about what exists: a call that nobody holds has ended, a call that
routing never knew or has ended is ended there too, and an agent is what their softphone can do.
"""

from collections.abc import Callable
from typing import NamedTuple

from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.primitives.ids import CallId, TenantId, UserId
from routing.reconciler.differences import Difference, Kind

GHOST = EndCause(EndResult.OURS, EndReason.LOST_IN_RESTART)
NOT_OURS = EndCause(EndResult.OURS, EndReason.HANGUP_BY_SYSTEM)
NO_SOUND = EndCause(EndResult.OURS, EndReason.MEDIA_FAILED)

# --- to routing ---


class WakeTimers(NamedTuple):
    """End what is due."""


class FreeAgent(NamedTuple):
    """The call that the agent is in is over for them."""

    agent: UserId


class FreeCall(NamedTuple):
    """The agent whom the call names has no part in it: back to its queue with its place, or to its end."""

    call: CallId


class RecordEnd(NamedTuple):
    """The call has ended: write it down."""

    call: CallId
    cause: EndCause


class NoteSoftphone(NamedTuple):
    """`home` is the tenant at whose desk the agent sits."""

    agent: UserId
    home: TenantId
    reachable: bool


# --- to the gateway ---


class JoinAgent(NamedTuple):
    """Say again who is heard: whoever else is joined leaves."""

    call: CallId
    agent: UserId


class HangUp(NamedTuple):
    """`tenant` is the call's."""

    call: CallId
    tenant: TenantId
    cause: EndCause


# --- to the engine ---


class DeleteLeg(NamedTuple):
    leg: str


Cure = WakeTimers | FreeAgent | FreeCall | RecordEnd | NoteSoftphone | JoinAgent | HangUp | DeleteLeg


def cure_of(difference: Difference) -> Cure:
    return _CURES[difference.kind](difference)


def _agent(difference: Difference) -> UserId:
    if difference.agent is None:
        raise AssertionError(f"{difference.kind} names an agent")
    return difference.agent


def _call(difference: Difference) -> CallId:
    if difference.call is None:
        raise AssertionError(f"{difference.kind} names a call")
    return difference.call


def _leg(difference: Difference) -> str:
    if difference.leg is None:
        raise AssertionError(f"{difference.kind} names a leg")
    return difference.leg


_CURES: dict[Kind, Callable[[Difference], Cure]] = {
    Kind.PAST_END: lambda found: WakeTimers(),
    Kind.AGENT_WITHOUT_CALL: lambda found: FreeAgent(_agent(found)),
    Kind.CALL_WITHOUT_AGENT: lambda found: FreeCall(_call(found)),
    Kind.UNREACHABLE_AVAILABLE: lambda found: NoteSoftphone(_agent(found), found.tenant, reachable=False),
    Kind.CALL_WITHOUT_DIALOG: lambda found: RecordEnd(_call(found), GHOST),
    Kind.DIALOG_WITHOUT_CALL: lambda found: HangUp(_call(found), found.tenant, NOT_OURS),
    Kind.OTHER_AGENT: lambda found: JoinAgent(_call(found), _agent(found)),
    Kind.SOFTPHONE_UNKNOWN: lambda found: NoteSoftphone(_agent(found), found.tenant, reachable=True),
    Kind.SOFTPHONE_GONE: lambda found: NoteSoftphone(_agent(found), found.tenant, reachable=False),
    Kind.DIALOG_WITHOUT_LEG: lambda found: HangUp(_call(found), found.tenant, NO_SOUND),
    Kind.LEG_WITHOUT_DIALOG: lambda found: DeleteLeg(_leg(found)),
}
