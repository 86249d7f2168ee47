"""Whom an agent can pass a call on to, as things are now."""

from litestar import get
from litestar.di import NamedDependency

from api.realtime.hub import DeskHub
from api.realtime.projection import Centre
from api.schemas.transfers import ColleagueTarget, QueueTarget, TransferTargets
from api.work import Work
from kernel.contracts.calls import AgentState
from kernel.contracts.directory import QueueRules
from kernel.primitives.ids import UserId


@get("/v1/transfer-targets", operation_id="list_transfer_targets", tags=["Live"])
async def list_transfer_targets(work: NamedDependency[Work], hub: NamedDependency[DeskHub]) -> TransferTargets:
    """Queues with the skills of their agents, and the colleagues who are logged in; not the one who asks."""
    centre = await hub.centre(work.principal.tenant)
    return TransferTargets(
        queues=tuple(sorted((_queue(centre, rules) for rules in centre.queues.values()), key=lambda one: one.name)),
        colleagues=_colleagues(centre, work.principal.person),
    )


def _queue(centre: Centre, rules: QueueRules) -> QueueTarget:
    profiles = [centre.agents[agent] for agent in centre.members_of(rules.queue)]
    return QueueTarget(
        id=rules.queue,
        name=rules.name,
        free=centre.queue(rules.queue).agents_available,
        skills=tuple(sorted({one.skill for profile in profiles for one in profile.skills})),
    )


def _colleagues(centre: Centre, but: UserId) -> tuple[ColleagueTarget, ...]:
    found = (
        ColleagueTarget(
            id=member.id,
            name=member.name,
            state=member.state,
            free=member.state is AgentState.AVAILABLE and member.reachable,
        )
        for member in centre.team()
        if member.id != but and member.state is not AgentState.LOGGED_OUT
    )
    return tuple(sorted(found, key=lambda one: (not one.free, one.name)))


HANDLERS = [list_transfer_targets]
