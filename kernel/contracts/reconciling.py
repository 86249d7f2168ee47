"""What the gateway and its engine hold at one moment, and what is told of a difference between them and routing."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from kernel.contracts.base import Message
from kernel.primitives.ids import CallId, TenantId, UserId


class Dialog(msgspec.Struct, frozen=True, kw_only=True):
    """A call as the gateway has it. `leg` is the engine's for the far end; `agent` is whom it is joined with.

    `moving`: the gateway works on it at this moment, so that nothing can be concluded from what it is.
    """

    leg: str | None = None
    agent: UserId | None = None
    moving: bool = False


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """What there is of one tenant: its calls, its agents with a softphone that carries sound, legs of no call."""

    dialogs: Mapping[CallId, Dialog] = {}
    softphones: frozenset[UserId] = frozenset()
    strays: Mapping[str, CallId] = {}


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """`legs` are all that the engine has; None: it was not heard. Of a tenant that is not named there is nothing."""

    tenants: Mapping[TenantId, Holding]
    legs: frozenset[str] | None = None


NOTHING = Holding()


class DifferenceFound(Message, frozen=True, tag="difference_found"):
    """An audit entry: what was found, since when, and what was done about it.

    `cure` is empty where cures did not help (`times` of them): a person must look. Leaves as `reconciled.<tenant>`.
    """

    difference: str
    since: datetime
    cure: str
    times: int
    state: str = ""
    agent: UserId | None = None
    call: CallId | None = None
    leg: str | None = None
