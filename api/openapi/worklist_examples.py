"""Examples of bodies about supervision, callbacks and messages."""

from uuid import UUID

from api.schemas.common import Body, Input
from api.schemas.supervision import AgentStateInput, MoveInput, PickInput, SupervisionInput
from kernel.contracts.supervision import Manner

_QUEUE = UUID("0198c0de-0000-7000-8000-000000000002")
_USER = UUID("0198c0de-0000-7000-8000-000000000001")

BODIES: tuple[Body | Input, ...] = (
    SupervisionInput(manner=Manner.LISTEN),
    MoveInput(queue_id=_QUEUE),
    PickInput(agent_id=_USER),
    AgentStateInput(state="not_ready", reason="break"),
)
