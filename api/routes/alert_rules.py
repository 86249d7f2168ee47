"""Rules of alerts on live figures; what is raised is shown on the live board."""

from typing import Any
from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.paging import Paging
from api.routes.responses import created, given, shown
from api.schemas.alerts import AlertRuleBody, AlertRuleChange, AlertRuleInput
from api.schemas.common import Page
from api.work import Unit, Work
from insight.kept.rules import KeptRule
from kernel.primitives.errors import InvalidInput, NotFound
from kernel.primitives.ids import QueueId

COLLECTION = "/v1/alert-rules"
_NAMES = {"queue_id": "queue", "raise_after_seconds": "raise_after", "clear_after_seconds": "clear_after"}


def _body(kept: KeptRule) -> AlertRuleBody:
    rule = kept.rule
    return AlertRuleBody(
        id=rule.id,
        name=rule.name,
        measure=rule.measure,
        side=rule.side,
        limit=rule.limit,
        clear_at=rule.clear_at,
        queue_id=rule.queue,
        raise_after_seconds=rule.raise_after,
        clear_after_seconds=rule.clear_after,
    )


async def _fields(unit: Unit, sent: dict[str, Any]) -> dict[str, Any]:
    """As rules name them. InvalidInput for a queue that is none of the tenant's."""
    queue: UUID | None = sent.get("queue_id")
    if queue is not None:
        try:
            await unit.queues.get(QueueId(queue))
        except NotFound as error:
            problem = {"field": "queue_id", "code": "no_such_queue", "detail": "the id of a queue"}
            raise InvalidInput("There is no such queue.", errors=[problem]) from error
    return {_NAMES.get(name, name): value for name, value in sent.items()}


@get(COLLECTION, operation_id="list_alert_rules", tags=["Alerts"])
async def list_alert_rules(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[AlertRuleBody]:
    """Alert rules in the order in which they were made."""
    async with work.read() as unit:
        found = await unit.indicators.rules(paging.after, paging.one_more)
    return paging.page_by(found, lambda kept: kept.rule.id, _body)


@post(COLLECTION, operation_id="create_alert_rule", status_code=201, tags=["Alerts"])
async def create_alert_rule(data: JSONBody[AlertRuleInput], work: NamedDependency[Work]) -> Response[AlertRuleBody]:
    """Make a rule; it is looked at from the next second on."""

    async def add(unit: Unit) -> Response[AlertRuleBody]:
        sent = given(data)
        fields = await _fields(unit, sent | ({"clear_at": data.limit} if data.clear_at is None else {}))
        kept = await unit.indicators.add_rule(fields)
        return created(_body(kept), kept.revision, COLLECTION, kept.rule.id)

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_alert_rule", tags=["Alerts"])
async def get_alert_rule(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[AlertRuleBody]:
    """One alert rule."""
    async with work.read() as unit:
        kept = await unit.indicators.rule(key)
    return shown(_body(kept), kept.revision)


@patch(f"{COLLECTION}/{{id:uuid}}", operation_id="update_alert_rule", tags=["Alerts"])
async def update_alert_rule(
    key: NamedDependency[UUID],
    data: JSONBody[AlertRuleChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[AlertRuleBody]:
    """Change a rule; what was raised for it is cleared, and it begins anew."""
    async with work.write() as unit:
        kept = await unit.indicators.change_rule(key, await _fields(unit, given(data)), expected)
    return shown(_body(kept), kept.revision)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_alert_rule", status_code=204, tags=["Alerts"])
async def delete_alert_rule(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> None:
    """Remove a rule; what was raised for it is cleared."""
    async with work.write() as unit:
        await unit.indicators.remove_rule(key, expected)


HANDLERS = [list_alert_rules, create_alert_rule, get_alert_rule, update_alert_rule, delete_alert_rule]
