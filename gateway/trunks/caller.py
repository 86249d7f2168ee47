"""Who calls, as one trunk is told it: From, the network's identity headers and Privacy (RFC 3323, 3325)."""

import msgspec

from gateway.sip.calls import HeaderLines
from gateway.sip.name_addr import NameAddr
from gateway.sip.uri import format_host
from gateway.sip.uri_escape import escape_user
from gateway.trunks.writing import write_number
from kernel.contracts.directory import DiallingRules, TrunkConfig
from kernel.contracts.trunks import CallerRules, NumberRules
from kernel.primitives.phone import PhoneNumber

ANONYMOUS = NameAddr.of("sip:anonymous@anonymous.invalid", "Anonymous")  # RFC 3323 4.1.1.3


class Shown(msgspec.Struct, frozen=True):
    """From without its tag, and the headers beside it; `number` is the one that they name openly."""

    from_: NameAddr
    headers: HeaderLines
    number: PhoneNumber | None = None


def shown_number(rules: CallerRules, caller: PhoneNumber | None, own: frozenset[PhoneNumber]) -> PhoneNumber | None:
    """The number that the trunk may name: its fixed one, the caller's where that is allowed, else none."""
    fixed = PhoneNumber(rules.fixed) if rules.fixed else None
    if fixed is not None or caller is None:
        return fixed
    return caller if caller in own or not rules.own_only else None


def uri_host(trunk: TrunkConfig) -> str:
    """The host of URIs that name us or the callee on this trunk."""
    return trunk.options.domain or format_host(trunk.host)


def show_caller(trunk: TrunkConfig, caller: PhoneNumber | None, rules: DiallingRules, *, emergency: bool) -> Shown:
    """An emergency service is shown the number, even on a trunk that hides it (RFC 5012 Re 14)."""
    wanted, host = trunk.options.caller, uri_host(trunk)
    number = shown_number(wanted, caller, rules.numbers)
    written = write_number(number, trunk.region, _without_tech_prefix(trunk)) if number is not None else ""
    hidden = wanted.hidden and not emergency
    if hidden:
        return Shown(ANONYMOUS, _identity(wanted, written, host, hidden=True))
    user = escape_user(trunk.username) if (wanted.from_username and trunk.username) or not written else written
    from_ = NameAddr.of(f"sip:{user}@{host}") if user else ANONYMOUS
    named = number if user == written or wanted.header else None
    return Shown(from_, _identity(wanted, written, host, hidden=False), named)


def _without_tech_prefix(trunk: TrunkConfig) -> NumberRules:
    return msgspec.structs.replace(trunk.options.numbers, tech_prefix="")


def _identity(rules: CallerRules, written: str, host: str, *, hidden: bool) -> HeaderLines:
    privacy = (("Privacy", "id"),) if hidden else ()
    uri = f"<sip:{written}@{host}>"
    match rules.header:
        case "p_asserted_identity" if written:
            return (("P-Asserted-Identity", uri), *privacy)
        case "p_preferred_identity" if written:
            return (("P-Preferred-Identity", uri), *privacy)
        case "remote_party_id" if written:
            kept = "full" if hidden else "off"
            return (("Remote-Party-ID", f"{uri};party=calling;screen=yes;privacy={kept}"), *privacy)
        case _:
            return privacy
