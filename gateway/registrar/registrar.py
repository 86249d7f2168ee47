"""REGISTER as the registrar answers it (RFC 3261 10.3, RFC 3327, RFC 5626 6).

GRUU (RFC 5627) is left out: calls come to telephones by their numbers and user names through us, and nobody sends to
a Contact of theirs but we.
"""

import msgspec

from gateway.registrar.binding import Binding
from gateway.registrar.book import PhoneBook
from gateway.registrar.registration import MIN_SECONDS, IntervalTooBrief, Registration, apply, read_registration
from gateway.registrar.registrations import Registrations
from gateway.sip.calls import HeaderLines
from gateway.sip.errors import SipError
from gateway.sip.flow import Flow
from gateway.sip.grammar import quote
from gateway.sip.message import Request, Response
from kernel.contracts.directory import PhoneConfig

FLOW_SECONDS = 120  # how often a telephone shows that its connection lives (RFC 5626 4.4.1)
SUPPORTED = "path, outbound"
KNOWN_EXTENSIONS = frozenset({"path", "outbound"})


class RegisterCounters(msgspec.Struct):
    """Figures since the start."""

    accepted: int = 0
    refused: int = 0


class Registrar:
    """Answers REGISTER of telephones that `PhoneAdmission` let in."""

    def __init__(self, book: PhoneBook, registrations: Registrations) -> None:
        self._book = book
        self._registrations = registrations
        self.counters = RegisterCounters()

    def answer(self, request: Request, flow: Flow, to_tag: str, now: float) -> Response:
        """Carry a REGISTER out."""
        try:
            phone = self._phone(request)
            wanted = read_registration(request, flow)
            bindings = apply(self._registrations.of(phone.phone), wanted, now)
        except SipError as error:
            self.counters.refused += 1
            response = Response.to_request(request, error.status, to_tag, error.reason)
            if isinstance(error, IntervalTooBrief):
                response.headers.add("Min-Expires", str(MIN_SECONDS))
            return response
        self.counters.accepted += 1
        if bindings != self._registrations.of(phone.phone):
            self._registrations.put(phone.phone, bindings)
        response = Response.to_request(request, 200, to_tag)
        response.headers.extend(_lines(wanted, bindings, now))
        return response

    def _phone(self, request: Request) -> PhoneConfig:
        domain = self._book.domain_of(request.uri)
        found = None if domain is None else self._book.find(domain, request.to.uri.user or "")
        if found is None:
            raise SipError(404, "Not Found")
        return found[0]


def _lines(wanted: Registration, bindings: tuple[Binding, ...], now: float) -> HeaderLines:
    lines = [("Contact", _contact(binding, now)) for binding in bindings]
    lines.append(("Supported", SUPPORTED))
    if wanted.path and "path" in wanted.supports:
        lines += [("Path", hop) for hop in wanted.path]
    if wanted.is_outbound:
        lines += [("Require", "outbound"), ("Flow-Timer", str(FLOW_SECONDS))]
    return tuple(lines)


def _contact(binding: Binding, now: float) -> str:
    parts = [f"<{binding.uri}>"]
    if binding.q != 1000:
        parts.append(f"q={binding.q / 1000:g}")
    if binding.instance:
        parts.append(f"+sip.instance={quote(binding.instance)}")
    if binding.reg_id is not None:
        parts.append(f"reg-id={binding.reg_id}")
    parts.append(f"expires={max(0, round(binding.expires_at - now))}")
    return ";".join(parts)
