"""MESSAGE between telephones of one tenant (RFC 3428): passed on, answered as the called one answers, never kept.

Nobody but a telephone that proved who it is may send one, and only to a telephone of its own domain.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from gateway.registrar.binding import Place
from gateway.sip.calls import HeaderLines
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.errors import SipError
from gateway.sip.events import RequestFailed, RequestReceived, ResponseReceived
from gateway.sip.message import Request, Response
from gateway.sip.name_addr import NameAddr
from gateway.sip.transactions.key import TransactionId
from gateway.sip.uri_escape import unescape
from kernel.contracts.directory import PhoneConfig
from kernel.primitives.ids import TenantId

MAX_TEXT = 4096  # bytes of a body; RFC 3428 8 allows 1,300 over UDP, so that this is one long text over TCP
PASSED = ("Content-Encoding", "Content-Disposition", "Content-Language", "Date", "Expires", "Subject", "Privacy")
# What a telephone says to us is none of the sender's: it would prove itself to the wrong one (401, 407), wait for
# nothing (408, which RFC 4320 4.2 forbids), or take us for overloaded (503, RFC 3261 16.7).
OWN_STATUS = {401: 403, 407: 403, 408: 480, 503: 480}


class Telephony(Protocol):
    """Who has telephones, and where they are; see `gateway.app.telephones.Telephones`."""

    def caller(self, event: RequestReceived, /) -> PhoneConfig | None:
        """Who sent it, proved by digest."""
        ...

    def has(self, tenant: TenantId, user: str, /) -> bool:
        """Whether there is one of this name."""
        ...

    def places(self, tenant: TenantId, user: str, /) -> Sequence[Place]:
        """Where it is registered."""
        ...


class TextCounters(msgspec.Struct):
    """Figures since the start."""

    delivered: int = 0
    refused: int = 0


class _Text:
    """One on its way to all places of a telephone."""

    def __init__(self, event: RequestReceived) -> None:
        self.event = event
        self.waiting: set[TransactionId] = set()
        self.outcomes: list[int] = []


class TextRelay:
    """Give it each MESSAGE that comes, and the outcome of each that it sends."""

    def __init__(self, telephones: Telephony, new_tag: Callable[[], str]) -> None:
        self._telephones = telephones
        self._new_tag = new_tag
        self._texts: dict[TransactionId, _Text] = {}
        self.counters = TextCounters()

    def receive(self, endpoint: SipEndpoint, event: RequestReceived, now: float) -> None:
        """Pass it on, or refuse it."""
        try:
            places = self._places(event)
        except SipError as error:
            self._answer(endpoint, event, error.status, now, error.reason)
            return
        text = _Text(event)
        for place in places:
            sent = endpoint.send_request(_copy(endpoint, event.request, place), place.destination, now)
            text.waiting.add(sent)
            self._texts[sent] = text

    def _places(self, event: RequestReceived) -> Sequence[Place]:
        request = event.request
        sender = None if event.session else self._telephones.caller(event)
        if sender is None or sender.trunk is not None:
            raise SipError(403, "Texts go from telephone to telephone, outside calls")
        if request.max_forwards == 0:
            raise SipError(483, "Too Many Hops")
        if len(request.body) > MAX_TEXT:
            raise SipError(413, f"A text has at most {MAX_TEXT} bytes")
        name = unescape(request.uri.user or "").lower()
        if not self._telephones.has(sender.tenant, name):
            raise SipError(404, "No telephone has this user name")
        places = self._telephones.places(sender.tenant, name)
        if not places:
            raise SipError(480, "The telephone is not registered")
        return places

    def follow(self, endpoint: SipEndpoint, event: ResponseReceived | RequestFailed, now: float) -> None:
        """Take the outcome at one place; the first that takes the text answers for all."""
        status = event.response.status if isinstance(event, ResponseReceived) else event.status
        text = self._texts.pop(event.transaction, None) if status >= 200 else None
        if text is None:
            return
        text.waiting.discard(event.transaction)
        text.outcomes.append(status)
        if status < 300 or not text.waiting:
            for other in text.waiting:
                del self._texts[other]
            best = min(text.outcomes, key=_rank)
            self._answer(endpoint, text.event, OWN_STATUS.get(best, best), now)

    def _answer(self, endpoint: SipEndpoint, event: RequestReceived, status: int, now: float, reason: str = "") -> None:
        if status < 300:
            self.counters.delivered += 1
        else:
            self.counters.refused += 1
        response = Response.to_request(event.request, status, self._new_tag(), reason)
        endpoint.send_response(event.transaction, response, now)


def _rank(status: int) -> tuple[int, int]:
    """The least is told: who took it, else who refuses for all places, else the lowest (RFC 3261 16.7)."""
    return (0 if status < 300 else 1 if status >= 600 else 2, status)


def _copy(endpoint: SipEndpoint, request: Request, place: Place) -> Request:
    lines: HeaderLines = (
        ("To", str(NameAddr(request.to.raw_name, request.to.uri_text))),
        *(("Route", hop) for hop in place.route),
        *((name, value) for name in PASSED for value in request.headers.get_all(name)),
    )
    sender = NameAddr(request.from_.raw_name, request.from_.uri_text)
    copy = endpoint.make_request("MESSAGE", place.uri, sender, lines)
    if request.max_forwards is not None:
        copy.headers.set("Max-Forwards", str(request.max_forwards - 1))
    copy.set_body(request.body, request.headers.get("content-type") or "text/plain")
    return copy
