"""What a REGISTER asks for, and the bindings that follow from it: all of it or nothing (RFC 3261 10.3)."""

import msgspec

from gateway.registrar.binding import Binding, contact_key, is_behind_nat
from gateway.sip.errors import SipError
from gateway.sip.flow import Flow
from gateway.sip.grammar import unquote
from gateway.sip.message import Request
from gateway.sip.name_addr import WILDCARD, NameAddr

MIN_SECONDS = 60  # shorter ones cost more than they bring
DEFAULT_SECONDS = 600
MAX_SECONDS = 3600  # a telephone that was switched off is called in vain for no longer
NAT_SECONDS = 120  # NATs keep an idle UDP mapping for two minutes at least (RFC 4787 REQ-5): the refresh holds it open
MAX_BINDINGS = 10  # of one telephone: the one refreshed longest ago goes, for some name themselves anew at every start
MAX_URI_LENGTH = 512
MAX_PATH = 4  # proxies between a telephone and us
MAX_OPTIONS = 20  # option tags that are remembered
MAX_NAME_LENGTH = 100  # of User-Agent
_REG_ID_DIGITS = 10  # 2**31 - 1 (RFC 5626 11.1)


class IntervalTooBrief(SipError):
    """423, with Min-Expires."""

    def __init__(self) -> None:
        super().__init__(423, "Interval Too Brief")


class Wish(msgspec.Struct, frozen=True):
    """One Contact; `seconds` is 0 to remove it."""

    address: NameAddr
    key: str
    seconds: int
    q: int
    instance: str
    reg_id: int | None


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """`everything`: `Contact: *`, which removes all."""

    wishes: tuple[Wish, ...]
    everything: bool
    call_id: str
    cseq: int
    flow: Flow
    path: tuple[str, ...]
    supports: tuple[str, ...]
    user_agent: str

    @property
    def is_outbound(self) -> bool:
        """Whether a flow of RFC 5626 was registered; over UDP it would need STUN on the SIP port, which we lack."""
        return any(wish.reg_id is not None and wish.seconds for wish in self.wishes)


def read_registration(request: Request, flow: Flow) -> Registration:
    """Read a REGISTER that was validated; SipError 400, 403, 423 or 439."""
    contacts = request.contacts
    expires = request.expires
    everything = contacts == (WILDCARD,)
    if WILDCARD in contacts and (not everything or expires != 0):
        raise SipError(400, "Wildcard needs Expires: 0")
    path = tuple(str(hop) for value in request.headers.get_all("path") for hop in NameAddr.parse_list(value))
    if len(path) > MAX_PATH or sum(map(len, path)) > MAX_PATH * MAX_URI_LENGTH:
        raise SipError(400, "Path too long")
    supports = tuple(tag.lower() for tag in request.tokens("supported"))[:MAX_OPTIONS]
    outbound = "outbound" in supports and flow.reliable
    if len(contacts) > MAX_BINDINGS:
        raise SipError(403, "Too many contacts")
    wishes = () if everything else tuple(_wish(one, expires, flow, path, outbound) for one in contacts)
    wanted = Registration(
        wishes=wishes,
        everything=everything,
        call_id=request.call_id,
        cseq=request.cseq.number,
        flow=flow,
        path=path,
        supports=supports,
        user_agent=(request.headers.get("user-agent") or "")[:MAX_NAME_LENGTH],
    )
    if wanted.is_outbound and not _first_hop_is_outbound(request, path):
        raise SipError(439, "First Hop Lacks Outbound Support")
    return wanted


def _wish(address: NameAddr, expires: int | None, flow: Flow, path: tuple[str, ...], outbound: bool) -> Wish:
    uri = address.uri
    if not uri.is_sip or len(address.uri_text) > MAX_URI_LENGTH:
        raise SipError(400, "Unusable contact")
    own = address.params.get("expires")
    asked = int(own[:11]) if own is not None else expires
    instance = unquote(address.params.get("+sip.instance") or "")[:MAX_URI_LENGTH]
    reg_id = _reg_id(address.params.get("reg-id")) if outbound and instance else None
    key = contact_key(uri) if reg_id is None else f"{instance}#{reg_id}"
    seconds = _granted(asked, brief=reg_id is None and not path and is_behind_nat(uri, flow))
    return Wish(address, key, seconds, _quality(address.params.get("q")), instance, reg_id)


def _granted(asked: int | None, *, brief: bool) -> int:
    if asked == 0:
        return 0
    if asked is not None and asked < MIN_SECONDS:
        raise IntervalTooBrief
    return min(DEFAULT_SECONDS if asked is None else asked, NAT_SECONDS if brief else MAX_SECONDS)


def _quality(text: str | None) -> int:
    """Read q as thousandths (RFC 3261 25.1 qvalue)."""
    if text is None:
        return 1000
    whole, _, part = text.partition(".")
    if whole not in ("0", "1") or len(part) > 3 or not (part or "0").isdigit() or not text.isascii():
        raise SipError(400, "Malformed q")
    return min(1000, int(whole) * 1000 + int(part.ljust(3, "0")))


def _reg_id(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > _REG_ID_DIGITS or int(text) == 0:
        raise SipError(400, "Malformed reg-id")
    return int(text)


def _first_hop_is_outbound(request: Request, path: tuple[str, ...]) -> bool:
    """RFC 5626 6: with a proxy between us, its Path entry has to promise that it keeps the flow."""
    if not path:
        hops = sum(value.count(",") + 1 for value in request.headers.get_all("via"))
        return hops == 1
    return any(name == "ob" for name, _ in NameAddr.parse(path[-1]).uri.params)


def apply(current: tuple[Binding, ...], wanted: Registration, now: float) -> tuple[Binding, ...]:
    """Make the bindings after `wanted`, the latest first; SipError 500 where an older request comes late (10.3).

    A query, which names no Contact, changes nothing.
    """
    if wanted.everything:
        for binding in current:
            _check_order(binding, wanted)
        return ()
    kept = {binding.key: binding for binding in current}
    for wish in wanted.wishes:
        former = kept.pop(wish.key, None)
        if former is not None:
            _check_order(former, wanted)
        if wish.seconds:
            kept[wish.key] = _bind(wish, wanted, former, now)
    fresh = sorted(kept.values(), key=lambda binding: binding.expires_at - binding.seconds)[-MAX_BINDINGS:]
    return tuple(sorted(fresh, key=lambda binding: (-binding.made_at, -binding.cseq)))


def _check_order(binding: Binding, wanted: Registration) -> None:
    if binding.call_id == wanted.call_id and wanted.cseq <= binding.cseq:
        raise SipError(500, "Request out of order")


def _bind(wish: Wish, wanted: Registration, former: Binding | None, now: float) -> Binding:
    return Binding(
        key=wish.key,
        uri=wish.address.uri_text,
        call_id=wanted.call_id,
        cseq=wanted.cseq,
        seconds=wish.seconds,
        expires_at=now + wish.seconds,
        made_at=now if former is None else former.made_at,
        flow=wanted.flow,
        q=wish.q,
        path=wanted.path,
        instance=wish.instance,
        reg_id=wish.reg_id,
        supports=wanted.supports,
        user_agent=wanted.user_agent,
    )
