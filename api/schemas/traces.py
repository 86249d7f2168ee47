"""A call's signalling."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from api.schemas.common import Body
from gateway.sip.flow import Transport
from kernel.contracts.calls import Direction


class TraceLegBody(Body, frozen=True):
    """One SIP session of the call; `direction` tells who sent its INVITE."""

    sip_call_id: str
    direction: Direction


class TraceMessageBody(Body, frozen=True):
    """`leg` is a place in `legs`; `status` is null for a request; `cause` is the Q.850 cause of its Reason header."""

    at: datetime
    leg: int
    direction: Literal["received", "sent"]
    method: str
    status: int | None
    transport: Transport
    remote: str
    cause: int | None = None


class CallTraceBody(Body, frozen=True):
    """Messages in the order of time, without numbers; `left_out` in the middle were too many to keep."""

    call_id: UUID
    legs: tuple[TraceLegBody, ...]
    messages: tuple[TraceMessageBody, ...]
    left_out: int
