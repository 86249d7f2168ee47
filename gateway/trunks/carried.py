"""What a call tells of its way to us, and is told on where it is forwarded: Diversion (RFC 5806), History-Info
(RFC 7044), Identity (RFC 8224), Geolocation (RFC 6442)."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from gateway.sip.calls import HeaderLines
from gateway.sip.errors import SipError
from gateway.sip.headers import Headers
from gateway.sip.message import Request, Response
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


class Redirected(msgspec.Struct, frozen=True):
    """A number that was called and led elsewhere by a 3xx, whose Diversion values say why, where it has any."""

    number: PhoneNumber
    diversion: tuple[str, ...] = ()


class Diverter(msgspec.Struct, frozen=True):
    """A number that led on to the next one, `written` as the carrier writes it; `told`: its own Diversion values."""

    written: str
    reason: DiversionReason = "unconditional"
    told: tuple[str, ...] = ()


class Carried(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`diverted_by` is our number that forwards, `reason` why; `redirected` are those who led the call on since then.

    The rest are headers as they came.
    """

    diverted_by: PhoneNumber | None = None
    reason: DiversionReason = "unconditional"
    redirected: tuple[Redirected, ...] = ()
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


def redirected_by(number: PhoneNumber, response: Response) -> Redirected:
    """What `number` says of leading the call elsewhere."""
    return Redirected(number, _values(response.headers, "diversion"))


def diversion_lines(carried: Carried, diverters: Sequence[Diverter], host: str) -> HeaderLines:
    """`diverters` in the order in which they were called; the last one stands first (RFC 5806 5)."""
    ours = [
        value
        for one in reversed(diverters)
        for value in one.told or (f"<sip:{one.written}@{host}>;reason={one.reason};counter=1",)
    ]
    return tuple(("Diversion", value) for value in (*ours, *carried.diversion)[:MOST_ENTRIES])


def history_lines(carried: Carried, diverters: Sequence[Diverter], called: str, host: str) -> HeaderLines:
    """Entries of ours behind those that came: whom the call was led by, and to whom."""
    begun = carried.history[: max(0, MOST_ENTRIES - 1 - len(diverters))]
    index = "1" if not begun else f"1{'.1' * sum(len(_addresses(value)) for value in begun)}"
    values = [*begun, f"<sip:{diverters[0].written}@{host}>;index={index}"]
    for one, next_ in zip(diverters, (*(one.written for one in diverters[1:]), called), strict=True):
        index += ".1"
        values.append(f"<sip:{next_}@{host};cause={CAUSES[one.reason]}>;index={index}")
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
