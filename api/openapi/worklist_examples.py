"""Examples of bodies about supervision and callbacks."""

from datetime import UTC, datetime
from uuid import UUID

from api.schemas.callbacks import CallbackBody, CallbackInput, CallbackInsteadInput
from api.schemas.common import Body, Input
from api.schemas.supervision import AgentStateInput, MoveInput, PickInput, SupervisionInput
from kernel.contracts.supervision import Manner
from routing.callbacks.machine import Phase

_USER = UUID("0198c0de-0000-7000-8000-000000000001")
_QUEUE = UUID("0198c0de-0000-7000-8000-000000000003")
_CALLBACK = UUID("0198c0de-0000-7000-8000-000000000901")
_NUMBER = "+442071838791"
_SINCE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

BODIES: tuple[Body | Input, ...] = (
    SupervisionInput(manner=Manner.LISTEN),
    MoveInput(queue_id=_QUEUE),
    PickInput(agent_id=_USER),
    AgentStateInput(state="not_ready", reason="break"),
    CallbackBody(
        id=_CALLBACK,
        queue_id=_QUEUE,
        number=_NUMBER,
        state=Phase.WAITING,
        since=_SINCE,
        due=None,
        expires=datetime(2026, 3, 3, 9, 0, tzinfo=UTC),
        agent_id=None,
        taker_id=None,
        call_id=None,
        attempts=0,
        last=None,
    ),
    CallbackInput(queue_id=_QUEUE, number=_NUMBER),
    CallbackInsteadInput(),
)

PATH_IDS = {"callbacks": _CALLBACK}
