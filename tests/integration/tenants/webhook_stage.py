"""Webhooks over a real database, told calls of two tenants; receivers that answer as a test wants."""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from standardwebhooks import Webhook

from kernel.contracts.base import TenantScope
from kernel.contracts.calls import Direction, EndCause, EndReason, EndResult
from kernel.contracts.log import CallAnswered, CallEnded, CallOffered
from kernel.ports.unit_of_work import Database
from kernel.ports.web import NoAnswer, WebAnswer, WebServer
from kernel.primitives.ids import CallId, EventId, Ids, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber
from kernel.primitives.web_guard import WebRules
from tenants.audit import Origin
from tenants.directory import SecretBox
from tenants.unit import TenantUnit
from tenants.webhooks import DeliveryPorts, EventType, Watched, WebhookService
from tenants.webhooks.delivery import Deliveries
from tenants.webhooks.published import CallFacts
from tenants.webhooks.repository import ProgressRepository, WebhookRepository
from tests.fakes import START

CAUSE = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)
NUMBER = PhoneNumber("+442071838751")
URL = "https://crm.example.com/hook"
KEY = b"k" * 32
PRIVATE = WebRules(private=True)


class KnownCalls:
    """tenants.webhooks.delivery.CallBook: every call came from `number`, but those of `lines` have no record."""

    number: PhoneNumber | None = NUMBER

    def __init__(self) -> None:
        self.asked: set[str] = set()
        self.lines: set[CallId] = set()

    async def of(self, scope: TenantScope, calls: Collection[CallId]) -> Mapping[CallId, CallFacts]:
        self.asked.update(map(str, calls))
        facts = CallFacts(direction=Direction.INBOUND, caller=self.number, called=None, offered_at=START)
        return dict.fromkeys(set(calls) - self.lines, facts)


class Receivers:
    """kernel.ports.web.Web: `answers` come one after the other, then 204; a word in place of a status is no answer."""

    def __init__(self) -> None:
        self.answers: list[int | str] = []
        self.refused = ""
        self.got: list[tuple[Mapping[str, str], bytes]] = []

    @asynccontextmanager
    async def server(self, url: str) -> AsyncGenerator[WebServer]:
        if self.refused:
            raise NoAnswer(self.refused)
        yield self

    async def ask(self, method: str, headers: Mapping[str, str], body: bytes | None, longest: int) -> WebAnswer:
        self.got.append((headers, body or b""))
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, str):
            raise NoAnswer(answer)
        return WebAnswer(answer, {}, b"")

    @property
    def sequences(self) -> list[int]:
        return [told["sequence"] for told in self.bodies]

    @property
    def bodies(self) -> Sequence[Any]:
        return [msgspec.json.decode(body) for _, body in self.got]


class Stage:
    """`clock` is the real one, or one that a test leads by the hand."""

    def __init__(self, database: Database, clock: Any, ids: Ids) -> None:
        self.database, self.clock, self.ids = database, clock, ids
        self.box, self.calls, self.receivers = SecretBox(KEY), KnownCalls(), Receivers()

    def ports(self, web: Any = None) -> DeliveryPorts:
        return DeliveryPorts(self.database, web or self.receivers, self.calls, self.box, self.clock, self.ids)

    @asynccontextmanager
    async def service(self, tenant: TenantId, rules: WebRules = PRIVATE) -> AsyncGenerator[WebhookService]:
        scope = TenantScope(tenant)
        async with self.database.write(scope) as uow:
            unit = TenantUnit(uow, scope, Origin(None, "", "test"), self.clock, self.ids)
            yield WebhookService(unit, self.box, rules)

    async def register(self, tenant: TenantId, url: str = URL, *events: EventType) -> tuple[UUID, Webhook]:
        """An endpoint for the ends of calls, or these events, and what checks its signatures."""
        async with self.service(tenant) as service:
            made, secret = await service.create("CRM", url, events or (EventType.CALL_ENDED,))
        return made.id, Webhook(secret.reveal())

    async def deliveries(self, tenant: TenantId, key: UUID) -> Deliveries:
        """As the next process begins."""
        scope = TenantScope(tenant)
        async with self.database.read(scope) as unit:
            endpoint = await WebhookRepository(unit.session, scope).rows.get(key)
            progress = (await ProgressRepository(unit.session, scope).of([key]))[key]
        assert endpoint is not None
        return Deliveries(self.ports(), scope, endpoint, progress)

    async def watched(self, tenant: TenantId, key: UUID) -> Watched:
        async with self.service(tenant) as service:
            return await service.get(key)

    async def keep_line(self, tenant: TenantId, *, told: bool = True) -> None:
        """A line to an agent's telephone is called, answered, and ended; `told`: also what follows the call says so."""
        at: datetime = self.clock.now()
        call, agent = CallId(self.ids.new()), UserId(self.ids.new())
        self.calls.lines.add(call)

        def stamp() -> dict[str, Any]:
            return {"id": EventId(self.ids.new()), "tenant": tenant, "at": at, "call": call}

        trunk, later = TrunkId(self.ids.new()), agent if told else None
        offered = CallOffered(
            **stamp(), direction=Direction.OUTBOUND, trunk=trunk, called=NUMBER, caller=None, line_of=agent
        )
        ended = CallEnded(**stamp(), cause=CAUSE, line_of=later)
        async with self.database.write(TenantScope(tenant)) as unit:
            await unit.append(offered, CallAnswered(**stamp(), line_of=later), ended)

    async def end_calls(self, tenant: TenantId, count: int) -> list[int]:
        """Each is answered, which is of no interest, and ends; where the ends stand in the log."""
        at: datetime = self.clock.now()
        ends: list[int] = []
        for _ in range(count):
            call = CallId(self.ids.new())
            answered = CallAnswered(id=EventId(self.ids.new()), tenant=tenant, at=at, call=call)
            ended = CallEnded(id=EventId(self.ids.new()), tenant=tenant, at=at, call=call, cause=CAUSE)
            async with self.database.write(TenantScope(tenant)) as unit:
                ends.append((await unit.append(answered, ended))[-1].sequence)
        return ends
