"""What a tenant's flows may name: asked of all who keep it, in one transaction."""

from collections.abc import Collection, Mapping, Sequence

from api.work import Unit
from kernel.primitives.web_guard import WebRules
from media.prompts import DEFAULTS
from routing.flows.checks.problem import Problem
from routing.flows.checks.validate import validate
from routing.flows.document.flow import Flow
from routing.flows.known import NameKind
from routing.flows.versions import Check

QUEUES_READ = 10_000  # more than any tenant has
PHONES_READ = 10_000


class Known:
    """routing.flows.known.KnownNames. Skills are those that any agent has here: nobody else could ever be matched."""

    def __init__(self, names: Mapping[NameKind, Collection[str]]) -> None:
        self._names = names

    def names(self, kind: NameKind) -> Collection[str]:
        return self._names.get(kind, ())


async def check_of(unit: Unit, lookups: WebRules) -> Check:
    """Whether a flow can be published as things are now."""
    names: dict[NameKind, Collection[str]] = {
        NameKind.PROMPT: {*await unit.prompts.names(), *DEFAULTS},
        NameKind.QUEUE: {str(queue.id) for queue in await unit.queues.page(None, QUEUES_READ)},
        NameKind.SKILL: {skill.skill for agent in await unit.skills.all() for skill in agent.skills},
        NameKind.CALENDAR: (await unit.calendars.all()).keys(),
        NameKind.FLOW: (await unit.flows.live()).keys(),
        NameKind.AGENT: {str(user.id) for user in await unit.people.rows.find() if user.active},
        NameKind.PHONE: {phone.name for phone in await unit.phones.page(None, PHONES_READ)},
        NameKind.ROBOT: await unit.robots.names(),
        NameKind.CREDENTIAL: await unit.flow_credentials.names(),
    }

    def check(flow: Flow) -> Sequence[Problem]:
        return validate(flow, Known(names), lookups)

    return check
