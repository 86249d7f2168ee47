"""How reports leave with what is saved: decided in the same commit by routing of this process, or as messages."""

from collections import Counter
from collections.abc import Awaitable, Generator, Sequence
from contextlib import contextmanager
from typing import Protocol

from kernel.contracts.codec import pack
from kernel.contracts.telephony import TelephonyReport
from kernel.ports.unit_of_work import Change, Database
from kernel.primitives.ids import CallId, TenantId


class Decisions(Protocol):
    """Routing in the same process."""

    def hears_messages(self, tenant: TenantId) -> bool:
        """Whether reports are on their way to it as messages."""
        ...

    def report_with(self, change: Change, reports: Sequence[TelephonyReport]) -> Awaitable[bool]:
        """Decide on them in the commit that writes `change`; False: nothing of either was done."""
        ...


class Reporting:
    """No report overtakes an earlier one of its call: a call with one on its way as a message goes on by messages."""

    def __init__(self, database: Database, decisions: Decisions | None) -> None:
        self._database = database
        self._decisions = decisions
        self._by_message: dict[TenantId, set[CallId]] = {}
        self._writing: Counter[TenantId] = Counter()

    def left_behind(self, tenant: TenantId, call: CallId) -> None:
        """Messages of a former process may be on their way for this call."""
        self._by_message.setdefault(tenant, set()).add(call)

    async def record(
        self, tenant: TenantId, calls: Sequence[CallId], change: Change, reports: Sequence[TelephonyReport]
    ) -> None:
        """Returns when it is committed; raises what the database raised. `calls`: those that the reports are about."""
        if not reports:
            await self._database.record(change)
            return
        decisions = self._decisions if calls and self._are_next(tenant, calls) else None
        if decisions is not None and await decisions.report_with(change, reports):
            return
        with self._as_messages(tenant, calls):
            await self._database.record(change._replace(emitted=(*change.emitted, *map(message, reports))))

    def _are_next(self, tenant: TenantId, calls: Sequence[CallId]) -> bool:
        former = self._by_message.get(tenant)
        if former is None or self._decisions is None:
            return True
        if not self._writing[tenant] and not self._decisions.hears_messages(tenant):
            del self._by_message[tenant]
            return True
        return former.isdisjoint(calls)

    @contextmanager
    def _as_messages(self, tenant: TenantId, calls: Sequence[CallId]) -> Generator[None]:
        self._by_message.setdefault(tenant, set()).update(calls)
        self._writing[tenant] += 1
        try:
            yield
        finally:
            self._writing[tenant] -= 1


def message(report: TelephonyReport) -> tuple[str, bytes]:
    """As (subject, payload)."""
    return f"telephony.report.{report.tenant}", pack(report)
