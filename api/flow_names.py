"""What a tenant's flows may name: asked of all who keep it, in one transaction."""

from collections.abc import Collection, Mapping, Sequence

from api.work import Unit
from media.prompts import DEFAULTS
from routing.flows.checks.names import named_by
from routing.flows.checks.problem import Problem
from routing.flows.checks.validate import validate
from routing.flows.document.flow import Flow
from routing.flows.known import NameKind
from routing.flows.lookup_guard import LookupRules
from routing.flows.versions import Check

QUEUES_READ = 10_000  # more than any tenant has
PHONES_READ = 10_000


class Known:
    """routing.flows.known.KnownNames. Skills are whatever flows and agents are given: there is no list of them."""

    def __init__(self, names: Mapping[NameKind, Collection[str]], skills: Collection[str]) -> None:
        self._names = names
        self._skills = skills

    def names(self, kind: NameKind) -> Collection[str]:
        return self._skills if kind is NameKind.SKILL else self._names.get(kind, ())


async def check_of(unit: Unit, lookups: LookupRules) -> Check:
    """Whether a flow can be published as things are now."""
    names: dict[NameKind, Collection[str]] = {
        NameKind.PROMPT: {*await unit.prompts.names(), *DEFAULTS},
        NameKind.QUEUE: {str(queue.id) for queue in await unit.queues.page(None, QUEUES_READ)},
        NameKind.CALENDAR: (await unit.calendars.all()).keys(),
        NameKind.FLOW: (await unit.flows.live()).keys(),
        NameKind.AGENT: {str(user.id) for user in await unit.people.rows.find() if user.active},
        NameKind.PHONE: {phone.name for phone in await unit.phones.page(None, PHONES_READ)},
        NameKind.CREDENTIAL: await unit.flow_credentials.names(),
    }

    def check(flow: Flow) -> Sequence[Problem]:
        skills = {one.name for node in flow.nodes.values() for one in named_by(node) if one.kind is NameKind.SKILL}
        return validate(flow, Known(names, skills), lookups)

    return check
