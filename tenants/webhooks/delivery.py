"""One endpoint's deliveries: one after the other, in the order of the log, each until it is taken or given up."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec
import structlog

from kernel.contracts.base import TenantScope
from kernel.contracts.log import Logged
from kernel.ports.unit_of_work import Database
from kernel.ports.web import NoAnswer, Web, WebAnswer, WebServer
from kernel.primitives.clock import Clock
from kernel.primitives.ids import CallId, Ids
from tenants.audit import Origin
from tenants.directory.sealing import SecretBox
from tenants.unit import TenantUnit
from tenants.webhooks.model import (
    GONE,
    PARKED_DAYS,
    Disabled,
    Endpoint,
    Parked,
    Progress,
    Sent,
    Step,
    after,
    retry_after,
)
from tenants.webhooks.published import CallFacts, body_of, call_of, is_told, may_be_told, type_of
from tenants.webhooks.repository import ParkedRepository, ProgressRepository, WebhookRepository
from tenants.webhooks.signing import signed

ANSWER_SECONDS = 15.0  # Standard Webhooks: 15 to 30; a receiver that does more answers first, and works then
ANSWER_BYTES = 65_536  # the status is what counts
READ_EVENTS = 100  # held at once: an erasure reaches what is sent after them
SAVE_SECONDS = 1.0  # of deliveries come twice at most, when the process is killed
SAVE_EVENTS = 1_000  # of no interest to the endpoint, read once more at most after a start
AGAIN_AT_ONCE = 100  # parked ones that are sent again before what is new
NOT_TOLD = Sent(0, "not told")  # parked before it was known to be of a line
SENDER = Origin(user=None, address="", agent="webhooks", actor="system")

log = structlog.get_logger(__name__)


class CallBook(Protocol):
    async def of(self, scope: TenantScope, calls: Collection[CallId]) -> Mapping[CallId, CallFacts]:
        """Of those that have a record; one that has none is nobody's conversation."""
        ...


class DeliveryPorts(NamedTuple):
    database: Database
    web: Web
    calls: CallBook
    secrets: SecretBox
    clock: Clock
    ids: Ids


class Deliveries:
    """Of one endpoint as it is now: whoever changes it makes a new one of these."""

    def __init__(self, ports: DeliveryPorts, scope: TenantScope, endpoint: Endpoint, progress: Progress) -> None:
        self.endpoint = endpoint
        self.scope = scope
        self.again = True  # parked ones may be due
        self._ports = ports
        self._progress = progress
        self._saved = progress
        self._saved_at = ports.clock.monotonic()
        self._over = False

    async def advance(self) -> float | None:
        """Send what is due; the seconds until the next attempt, None: there is none before something happens."""
        if self._over:
            return None
        if self.again:
            self.again = False
            await self._send_again()
        while (wait := self._patience()) is None:
            position = self._progress.sequence
            chunk = await self._ports.database.read_log(self.scope.tenant, position, READ_EVENTS)
            if not chunk:
                return await self._save_in_time()
            await self._deliver(chunk)
            if self._over:
                return None
        return wait

    async def save(self) -> None:
        """Before it nothing is sent a second time."""
        if self._progress != self._saved:
            async with self._ports.database.write(self.scope) as unit:
                await ProgressRepository(unit.session, self.scope).save(self.endpoint.id, self._progress)
            self._saved, self._saved_at = self._progress, self._ports.clock.monotonic()

    def _patience(self) -> float | None:
        """Seconds that are to pass before the next attempt."""
        if self._progress.next_at is None:
            return None
        left = (self._progress.next_at - self._ports.clock.now()).total_seconds()
        return left if left > 0 else None

    # --- what is new ---

    async def _deliver(self, chunk: Sequence[Logged]) -> None:
        """As far as it is taken."""
        wanted = [logged for logged in chunk if may_be_told(logged.event, self.endpoint.events)]
        calls = await self._calls(wanted)
        wanted = [logged for logged in wanted if is_told(logged.event, calls)]
        if wanted:
            async with AsyncExitStack() as stack:
                server = await self._reach(stack)
                for logged in wanted:
                    sent = await self._attempt(server, logged, calls)
                    if not await self._settle(logged, sent):
                        return
        self._progress = msgspec.structs.replace(self._progress, sequence=chunk[-1].sequence)
        await self._save_in_time()

    async def _settle(self, logged: Logged, sent: Sent) -> bool:
        """Whether the next one may go at once."""
        now = self._ports.clock.now()
        step, self._progress = after(self._progress, logged.sequence, logged.event.at, sent, now)
        match step:
            case Step.DELIVERED:
                await self._save_in_time()
                return True
            case Step.RETRY:
                await self.save()
            case Step.PARK:
                await self._park(logged, sent, now)
            case Step.DISABLE:
                await self._disable(sent)
        log.warning("webhook.not_delivered", tenant=str(self.scope.tenant), step=step.value, why=sent.why)
        return False

    async def _save_in_time(self) -> float | None:
        """The seconds until it is worth it, None: nothing is left to save."""
        before = self._saved.sequence
        moved_only = msgspec.structs.replace(self._progress, sequence=before) == self._saved
        if moved_only and self._progress.sequence - before < SAVE_EVENTS:
            return None
        left = self._saved_at + SAVE_SECONDS - self._ports.clock.monotonic()
        if left <= 0:
            await self.save()
        return left if left > 0 else None

    async def _park(self, logged: Logged, sent: Sent, now: datetime) -> None:
        parked = Parked(
            id=logged.event.id,
            sequence=logged.sequence,
            type=type_of(logged.event),
            at=logged.event.at,
            parked_at=now,
            error=sent.why,
        )
        async with self._ports.database.write(self.scope) as unit:
            rows = ParkedRepository(unit.session, self.scope, self.endpoint.id)
            await rows.put(parked)
            await rows.forget(now - PARKED_DAYS)
            await ProgressRepository(unit.session, self.scope).save(self.endpoint.id, self._progress)
        self._saved = self._progress

    async def _disable(self, sent: Sent) -> None:
        """Told in the audit; what was not sent stays in the log, and goes out when it is enabled again."""
        self._over = True
        why = Disabled.GONE if sent.status == GONE else Disabled.FAILING
        async with self._ports.database.write(self.scope) as unit:
            await ProgressRepository(unit.session, self.scope).save(self.endpoint.id, self._progress)
            rows = WebhookRepository(unit.session, self.scope)
            present = await rows.rows.get(self.endpoint.id)
            if present is not None and present.disabled is None:
                await rows.change(msgspec.structs.replace(present, disabled=why), present.revision)
                mine = TenantUnit(unit, self.scope, SENDER, self._ports.clock, self._ports.ids)
                await mine.changed("webhook.disabled", present.id, because=why.value)

    # --- what was parked ---

    async def _send_again(self) -> None:
        """Each once, whatever the endpoint's patience; what is not taken stays parked."""
        async with self._ports.database.read(self.scope) as unit:
            due = await ParkedRepository(unit.session, self.scope, self.endpoint.id).due(AGAIN_AT_ONCE)
        if not due:
            return
        async with AsyncExitStack() as stack:
            server = await self._reach(stack)
            for parked in due:
                await self._once_more(server, parked)
        self.again = len(due) == AGAIN_AT_ONCE

    async def _once_more(self, server: WebServer, parked: Parked) -> None:
        (logged,) = await self._ports.database.read_log(self.scope.tenant, parked.sequence - 1, 1)
        calls = await self._calls([logged])
        told = is_told(logged.event, calls)
        sent = await self._attempt(server, logged, calls) if told else NOT_TOLD
        async with self._ports.database.write(self.scope) as unit:
            rows = ParkedRepository(unit.session, self.scope, self.endpoint.id)
            if sent.delivered or not told:
                await rows.remove(parked.id)
            else:
                await rows.put(msgspec.structs.replace(parked, error=sent.why, again=False))
        if sent.delivered and self._progress.failures:
            now, sequence = self._ports.clock.now(), self._progress.sequence
            self._progress = Progress(sequence=sequence, delivered_at=now)  # it is well again

    # --- one attempt ---

    async def _calls(self, events: Sequence[Logged]) -> Mapping[CallId, CallFacts]:
        calls = {call for logged in events if (call := call_of(logged.event)) is not None}
        return await self._ports.calls.of(self.scope, calls) if calls else {}

    async def _reach(self, stack: AsyncExitStack) -> WebServer:
        """For a burst of deliveries; one that may not be asked gives each of them the reason."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await stack.enter_async_context(self._ports.web.server(self.endpoint.url))
        except NoAnswer as failure:
            return _Unreachable(str(failure))
        except TimeoutError:
            return _Unreachable("time")

    async def _attempt(self, server: WebServer, logged: Logged, calls: Mapping[CallId, CallFacts]) -> Sent:
        body = body_of(logged, calls)
        headers = {"content-type": "application/json", "user-agent": "Cordboard"} | self._signed(logged, body)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await server.ask("POST", headers, body, ANSWER_BYTES)
        except NoAnswer as failure:
            return Sent(0, str(failure))
        except TimeoutError:
            return Sent(0, "time")
        return Sent(answer.status, retry_after=retry_after(answer.status, answer.headers))

    def _signed(self, logged: Logged, body: bytes) -> dict[str, str]:
        now, endpoint = self._ports.clock.now(), self.endpoint
        sealed = [endpoint.sealed]
        if endpoint.former is not None and endpoint.former_until is not None and now < endpoint.former_until:
            sealed.append(endpoint.former)
        secrets = [self._ports.secrets.open(each, endpoint.purpose) for each in sealed]
        return dict(signed(secrets, logged.event.id, now, body))


class _Unreachable:
    """kernel.ports.web.WebServer of a URL that may not be asked."""

    def __init__(self, why: str) -> None:
        self._why = why

    async def ask(self, method: str, headers: Mapping[str, str], body: bytes | None, longest: int) -> WebAnswer:
        raise NoAnswer(self._why)
