"""The ways to a far party, tried one after the other, each where its trunk has room."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from gateway.app.sessions import SipLink
from gateway.sip.events import InviteFailed
from gateway.sip.reasons import reason_phrase
from gateway.trunks.attempt import Attempt
from gateway.trunks.guard import DiallingRefused
from gateway.trunks.redirecting import Redirects
from kernel.primitives.ids import CallId

NO_ROOM = 503  # what a way without a free line counts as
SILENT = 408  # RFC 3261 8.1.3.1
GLOBAL_FAILURE = 600  # from here on a refusal speaks for all places of the callee (RFC 3261 21.6)


class Dialing:
    """`send(attempt)` places the INVITE, binds its session and returns it; failures come back as InviteFailed events.

    `current` is the way that rings, or waits for a line, now; `session` names it, also while it waits.
    """

    def __init__(
        self, attempts: Sequence[Attempt], call: CallId, sip: SipLink, send: Callable[[Attempt], str], name: str
    ) -> None:
        self._left = list(attempts)
        self._call = call
        self._sip = sip
        self._send = send
        self._place = f"{name}.line"
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._wait_until = 0.0
        self.current = self._left.pop(0)
        self._redirects = Redirects(sip.book, self.current)
        self._places: list[Attempt] = []  # that answers to this trunk's INVITEs led to
        self.session = ""

    @property
    def waiting(self) -> bool:
        """Whether nothing was sent yet, for want of a line."""
        return self.session == self._place

    def start(self) -> str:
        """Go the present way, or wait for it; returns the session."""
        self._wait_until = self._loop.time() + self.current.queue_seconds
        self._go()
        return self.session

    def next_after(self, failure: InviteFailed) -> Attempt | None:
        """The next way after a failure; None where the failure stands. What is open for the sound keeps its kind."""
        self.stop()
        way = self._place_after(failure) or self._server_after(failure) or self._way_after(failure.status)
        if way is None:
            return None
        self._sip.sessions.drop(self.session)
        self.session = ""
        self.current = way
        self._redirects.note(way)
        return way

    def take_refused(self) -> list[DiallingRefused]:
        """What the tenant's limits said of numbers that a 3xx named; told once."""
        refused, self._redirects.refused = self._redirects.refused, []
        return refused

    def _place_after(self, failure: InviteFailed) -> Attempt | None:
        """Of numbers that a 3xx named the best one; all are behind this trunk, and a full one has room for none."""
        if self.waiting or failure.status >= GLOBAL_FAILURE:
            self._places.clear()
            return None
        self._places[:0] = self._redirects.follow(self.current, failure.response)
        return self._places.pop(0) if self._places else None

    def _server_after(self, failure: InviteFailed) -> Attempt | None:
        """The same trunk without the flow by which it was called, where that server does not serve (RFC 3263 4.3).

        One that answered is not asked again, wherever its carrier's names lead.
        """
        if not self._left or self._left[0].instead_of is None or self._left[0].instead_of != self.current.destination:
            return None
        way = self._left.pop(0)
        answered = failure.response is not None
        if self.waiting or (answered and failure.status != NO_ROOM) or self._is_other_kind(way):
            return None
        return msgspec.structs.replace(way, avoid=way.instead_of.remote) if answered and way.instead_of else way

    def _is_other_kind(self, way: Attempt) -> bool:
        return (way.ipv6, way.web) != (self.current.ipv6, self.current.web)

    def _way_after(self, status: int) -> Attempt | None:
        if not (self.waiting or self.current.goes_on_after(status)):
            return None
        self._left = [attempt for attempt in self._left if not self._is_other_kind(attempt)]
        return self._left.pop(0) if self._left else None

    def give_up(self) -> bool:
        """The call is over; True where nothing was sent, so that no word of the far side will come."""
        self.stop()
        if not self.waiting:
            return False
        self._tell(487)
        return True

    def stop(self) -> None:
        """Set no timer any more: the far side spoke, or the process ends."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _go(self) -> None:
        self._timer = None
        now = self._loop.time()
        seconds = self._sip.book.wait(self.current, now)
        if not seconds:
            self._invite(now)
            return
        if not self.waiting:
            self.session = self._place
            self._sip.sessions.bind(self.session, self._call)
        if now + seconds > self._wait_until:
            self._tell(NO_ROOM)
        else:
            self._timer = self._loop.call_later(seconds, self._go)

    def _invite(self, now: float) -> None:
        if self.waiting:
            self._sip.sessions.drop(self.session)
        self.session = self._send(self.current)
        self._sip.book.take(self.session, self.current, now)
        self._timer = self._loop.call_later(self.current.answer_within_seconds, self._judge_silence)

    def _judge_silence(self) -> None:
        """Without even a 100 the next hop is dead for this call, long before timer B says so (RFC 3261 17.1.1.2)."""
        self._timer = None
        session = self.session
        if (self._places or self._left) and self._sip.driver.endpoint.is_unheard(session):
            self._sip.driver.do(lambda endpoint, now: endpoint.hang_up(session, now))
            self._tell(SILENT)

    def _tell(self, status: int) -> None:
        self._sip.tell(InviteFailed(self.session, status, reason_phrase(status)))
