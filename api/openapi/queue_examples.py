"""Examples of bodies about queues: how calls are given out, skills, marked callers, what there is to expect."""

from datetime import UTC, datetime
from uuid import UUID

from api.schemas.common import Body, Input
from api.schemas.queue_rules import (
    AgentSkillsBody,
    AgentSkillsInput,
    AgentSkillsList,
    MarkedCallerBody,
    MarkedCallerInput,
    OutlookBody,
    QueueOutlookBody,
    QueueOverflow,
    QueueWaiting,
    ToNumber,
    WaitingCallerBody,
)
from api.schemas.queues import QueueBody, QueueChange, QueueInput
from kernel.contracts.directory import DISPOSITIONS
from kernel.contracts.queues import AtLeast, Comfort, Distribution, OverflowCause, SkillLevel, Step
from tenants.directory import Mark

_USER = UUID("0198c0de-0000-7000-8000-000000000001")
_QUEUE = UUID("0198c0de-0000-7000-8000-000000000003")
_CALL = UUID("0198c0de-0000-7000-8000-000000000004")
_MARKED = UUID("0198c0de-0000-7000-8000-000000000801")
_CALLER = "+442079460018"
_SKILLS = (SkillLevel("german", 7), SkillLevel("billing", 3))
_AGENT = AgentSkillsBody(user_id=_USER, skills=_SKILLS, weight=1)
_DISTRIBUTION = Distribution(needs=(Step(AtLeast("german", 7)), Step(AtLeast("german", 3), 30.0)))
_WAITING = QueueWaiting(
    capacity=50,
    overflows=(QueueOverflow(OverflowCause.NO_AGENTS, ToNumber(_CALLER)),),
    comfort=Comfort(say_position=True, say_wait=True),
)
_OUTLOOK = QueueOutlookBody(queue_id=_QUEUE, waiting=1, agents=12, expected_seconds=38.0)
_WAITS = WaitingCallerBody(
    call_id=_CALL,
    queue_id=_QUEUE,
    since=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    priority=0,
    position=1,
    expected_seconds=20.0,
)

BODIES: tuple[Body | Input, ...] = (
    QueueBody(
        id=_QUEUE,
        name="Service",
        priority=0,
        ring_seconds=20.0,
        wrap_up_seconds=60.0,
        service_level_seconds=20.0,
        short_abandon_seconds=20.0,
        greeting=("greeting",),
        music="music",
        record=True,
        dispositions=DISPOSITIONS,
        distribution=_DISTRIBUTION,
        waiting=_WAITING,
        agents=(_USER,),
    ),
    QueueInput(name="Service", agents=(_USER,)),
    QueueChange(priority=1),
    _AGENT,
    AgentSkillsInput(skills=_SKILLS),
    AgentSkillsList(agents=(_AGENT,)),
    MarkedCallerBody(id=_MARKED, number=_CALLER, mark=Mark.VIP, note="Signed in January"),
    MarkedCallerInput(number=_CALLER, mark=Mark.VIP),
    OutlookBody(queues=(_OUTLOOK,), callers=(_WAITS,)),
    _OUTLOOK,
    _WAITS,
)

PATH_IDS = {"queues": _QUEUE, "skills": _USER, "marked-callers": _MARKED}
