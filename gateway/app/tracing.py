"""A call's signalling on its way from memory to the database, and captures on their way back."""

import structlog

from gateway.app.saved import SavedTrace
from gateway.app.sessions import SipLink
from gateway.calls.model import Call
from gateway.traces.archive import TraceArchive
from gateway.traces.book import TraceBook
from kernel.contracts.codec import pack
from kernel.primitives.clock import Clock
from kernel.primitives.ids import CallId

CAPTURE_SECONDS = 5.0  # until a new capture is heard of: it is a person who waits, and one query of few rows
SWEEPS = 120  # rounds of `CAPTURE_SECONDS`, ten minutes, between two sweeps of what is old

log = structlog.get_logger(__name__)


def close_trace(sip: SipLink, call: Call, clock: Clock) -> SavedTrace | None:
    """What is kept of a call that is over; None where nothing was said."""
    sip.traces.ended(call.id, call.tenant, call.trunk, (call.called, call.caller))
    sip.traces.has_news(call.id)
    return _kept(sip.traces, call.id, clock)


def trace_with_news(book: TraceBook, call: CallId, clock: Clock) -> SavedTrace | None:
    """Later, with what was said after the end; None where nothing was."""
    return _kept(book, call, clock) if book.has_news(call) else None


def _kept(book: TraceBook, call: CallId, clock: Clock) -> SavedTrace | None:
    trace = book.of(call)
    if not trace.entries:
        return None
    packets = tuple(book.packets(call))
    return SavedTrace(ended_at=clock.now(), body=pack(trace), packets=pack(packets) if packets else None)


class TraceKeeper:
    """Looks for captures that somebody wants, and drops what was kept long enough."""

    def __init__(self, book: TraceBook, archive: TraceArchive, clock: Clock) -> None:
        self._book = book
        self._archive = archive
        self._clock = clock
        self._rounds = 0

    async def round(self) -> None:
        """Once in `CAPTURE_SECONDS`; a database that is away costs this round only."""
        now = self._clock.now()
        self._rounds += 1
        try:
            self._book.rules = await self._archive.rules(now)
            if self._rounds % SWEEPS == 1:
                await self._archive.sweep(now)
        except Exception:
            log.exception("gateway.traces_not_kept")
