"""Examples of bodies about supervision, callbacks and messages."""

from datetime import UTC, datetime
from uuid import UUID

from api.schemas.callbacks import CallbackBody, CallbackChange, CallbackInput, CallbackInsteadInput, EndedCallbackBody
from api.schemas.common import Body, Input
from api.schemas.supervision import AgentStateInput, MoveInput, PickInput, SupervisionInput
from api.schemas.transfers import (
    CallPartiesBody,
    CallPartyBody,
    ColleagueTarget,
    ConsultationInput,
    OutsidePlace,
    QueuePlace,
    QueueTarget,
    TransferInput,
    TransferTargets,
)
from api.schemas.voicemails import MissedCallsBody, MissedCallsList, VoicemailBody, VoicemailChange, VoicemailFinish
from kernel.contracts.callbacks import CallbackOutcome, CancelReason
from kernel.contracts.calls import AgentState
from kernel.contracts.queues import SkillLevel
from kernel.contracts.supervision import Manner
from routing.callbacks.machine import Phase
from routing.voicemail.machine import Phase as MessagePhase

_USER = UUID("0198c0de-0000-7000-8000-000000000001")
_QUEUE = UUID("0198c0de-0000-7000-8000-000000000003")
_CALLBACK = UUID("0198c0de-0000-7000-8000-000000000901")
_MESSAGE = UUID("0198c0de-0000-7000-8000-000000000902")
_CALL = UUID("0198c0de-0000-7000-8000-000000000004")
_NUMBER = "+442071838791"
_TARGET_QUEUE = QueueTarget(id=_QUEUE, name="Service", free=3, skills=("french", "german"))
_COLLEAGUE = ColleagueTarget(id=_USER, name="Ada Byron", state=AgentState.AVAILABLE, free=True)
_SINCE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

_PARTY = CallPartyBody(party="party1", number=_NUMBER, phone=None, name=None, state="aside", since=_SINCE, reason=None)
_MISSED = MissedCallsBody(
    number=_NUMBER,
    times=2,
    first_at=_SINCE,
    last_at=datetime(2026, 3, 2, 9, 20, tzinfo=UTC),
    call_id=_CALL,
    queue_id=_QUEUE,
    longest_wait_seconds=41,
    tried=1,
    last_tried_at=datetime(2026, 3, 2, 9, 45, tzinfo=UTC),
)

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
    _TARGET_QUEUE,
    _COLLEAGUE,
    TransferTargets(queues=(_TARGET_QUEUE,), colleagues=(_COLLEAGUE,)),
    TransferInput(to=QueuePlace(queue_id=_QUEUE, note="Asks for a refund", skills=(SkillLevel("german", 5),))),
    ConsultationInput(to=OutsidePlace(number=_NUMBER)),
    CallPartiesBody(
        agent_id=_USER,
        parties=(_PARTY,),
    ),
    _PARTY,
    EndedCallbackBody(
        id=_CALLBACK,
        queue_id=_QUEUE,
        number=_NUMBER,
        requested_at=_SINCE,
        due=None,
        agent_id=None,
        ended_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        outcome=CallbackOutcome.CANCELLED,
        call_id=None,
        last=None,
        by_id=_USER,
        reason=CancelReason.SETTLED,
    ),
    CallbackChange(due=datetime(2026, 3, 3, 8, 0, tzinfo=UTC)),
    CallbackInput(queue_id=_QUEUE, number=_NUMBER),
    CallbackInsteadInput(),
    VoicemailBody(
        id=_MESSAGE,
        queue_id=_QUEUE,
        call_id=_CALL,
        number=_NUMBER,
        seconds=21.4,
        left_at=_SINCE,
        due=datetime(2026, 3, 2, 13, 0, tzinfo=UTC),
        overdue=False,
        state=MessagePhase.NEW,
        agent_id=None,
        until=None,
        owner_id=None,
        playable=True,
        rung_call_id=None,
    ),
    VoicemailChange(queue_id=_QUEUE, owner_id=None),
    VoicemailFinish(note="Rang back: the invoice is right."),
    _MISSED,
    MissedCallsList(items=(_MISSED,)),
)

PATH_IDS = {"callbacks": _CALLBACK, "voicemails": _MESSAGE}
