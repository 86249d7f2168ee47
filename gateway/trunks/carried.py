"""What a call tells of its way to us, and is told on where it is forwarded: Diversion (RFC 5806), History-Info
(RFC 7044), Identity (RFC 8224), Geolocation (RFC 6442)."""

from typing import Literal

import msgspec

from gateway.sip.calls import HeaderLines
from gateway.sip.errors import SipError
from gateway.sip.headers import Headers
from gateway.sip.message import Request
from gateway.sip.name_addr import NameAddr
from gateway.sip.uri import Uri
from gateway.trunks.writing import read_arriving
from kernel.contracts.trunks import NumberRules
from kernel.primitives.phone import PhoneNumber

MOST_ENTRIES = 10  # forwardings that a call may have had; beyond is a loop
MOST_BYTES = 8192  # of one header that is passed on: an Identity with a long chain has two thousand
LOCATION = ("Geolocation", "Geolocation-Routing", "Geolocation-Error")

DiversionReason = Literal["unconditional", "user-busy", "no-answer", "unavailable", "deflection", "unknown"]
CAUSES: dict[DiversionReason, int] = {  # RFC 4458 2.1, RFC 7544 7.1
    "unconditional": 302,
    "user-busy": 486,
    "no-answer": 408,
    "unavailable": 503,
    "deflection": 480,
    "unknown": 404,
}


class Carried(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`diverted_by` is our number that forwards, `reason` why; the rest are headers as they came."""

    diverted_by: PhoneNumber | None = None
    reason: DiversionReason = "unconditional"
    diversion: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    location: HeaderLines = ()


NOTHING = Carried()


def carried_by(
    request: Request, diverted_by: PhoneNumber | None = None, reason: DiversionReason = "unconditional"
) -> Carried:
    """What a leg that `request` leads to says of the call's way so far."""
    headers = request.headers
    return Carried(
        diverted_by=diverted_by,
        reason=reason,
        diversion=_values(headers, "diversion"),
        history=_values(headers, "history-info"),
        identity=_values(headers, "identity"),
        location=tuple((name, value) for name in LOCATION for value in _values(headers, name.lower())),
    )


def diverting_number(request: Request, region: str | None, rules: NumberRules) -> PhoneNumber | None:
    """Who forwarded the call to us, the last of them; None where nobody says so."""
    for value in _values(request.headers, "diversion")[:1]:
        for address in _addresses(value)[:1]:
            return _number(address.uri_text, region, rules)
    entries = [address for value in _values(request.headers, "history-info") for address in _addresses(value)]
    for before, entry in zip(reversed(entries[:-1]), reversed(entries), strict=False):
        if "cause=" in entry.uri_text.lower():
            return _number(before.uri_text, region, rules)
    return None


def diversion_lines(carried: Carried, diverter: str, host: str) -> HeaderLines:
    """`diverter` is the forwarding number as the carrier writes it."""
    ours = f"<sip:{diverter}@{host}>;reason={carried.reason};counter=1"
    return tuple(("Diversion", value) for value in (ours, *carried.diversion)[:MOST_ENTRIES])


def history_lines(carried: Carried, diverter: str, called: str, host: str) -> HeaderLines:
    """Two entries of ours behind those that came: who was called, and to whom it is forwarded."""
    begun = carried.history[: MOST_ENTRIES - 2]
    index = "1" if not begun else f"1{'.1' * sum(len(_addresses(value)) for value in begun)}"
    cause = CAUSES[carried.reason]
    values = (*begun, f"<sip:{diverter}@{host}>;index={index}", f"<sip:{called}@{host};cause={cause}>;index={index}.1")
    return tuple(("History-Info", value) for value in values)


def _values(headers: Headers, name: str) -> tuple[str, ...]:
    values = [value for value in headers.get_all(name) if len(value) <= MOST_BYTES]
    return tuple(values[:MOST_ENTRIES])


def _addresses(value: str) -> tuple[NameAddr, ...]:
    try:
        return NameAddr.parse_list(value)
    except SipError:
        return ()


def _number(uri_text: str, region: str | None, rules: NumberRules) -> PhoneNumber | None:
    try:
        uri = Uri.parse(uri_text)
    except SipError:
        return None
    user = uri.text.partition(":")[2] if uri.scheme == "tel" else uri.user or ""
    return read_arriving(user, region, rules)
