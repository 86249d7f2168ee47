"""The numbers of a call on a trunk: R-URI or To name the called one, P-Asserted-Identity or From the caller."""

from collections.abc import Callable

from gateway.sip.errors import SipError
from gateway.sip.message import Request
from gateway.sip.name_addr import NameAddr
from gateway.sip.uri import Uri
from kernel.primitives.phone import PhoneNumber

VISUAL_SEPARATORS = str.maketrans("", "", "-.() ")  # RFC 3966 5.1.1
ANONYMOUS = frozenset({"anonymous", "restricted", "unavailable", "unknown", "private"})
Reading = Callable[[str, str | None], PhoneNumber | None]
HIDING = frozenset({"id", "user", "full", "header", "session"})  # Privacy values that hide the caller (RFC 3323, 3325)


def read_number(text: str, region: str | None) -> PhoneNumber | None:
    """A number as carriers write it: `+44…`, `0044…`, national for `region`, or international without its plus."""
    digits = text.partition(";")[0].translate(VISUAL_SEPARATORS)
    if digits.startswith("00") and digits.isdigit() and region is None:
        digits = f"+{digits[2:]}"
    if not digits.removeprefix("+").isdigit() or not digits.isascii():
        return None
    written = (digits,) if digits.startswith("+") else (digits, f"+{digits}")
    for candidate in written:
        try:
            return PhoneNumber.parse(candidate, region)
        except ValueError:
            continue
    return None


def _user_part(uri: Uri) -> str:
    return uri.text.partition(":")[2] if uri.scheme == "tel" else uri.user or ""


def number_of(address: NameAddr, region: str | None, read: Reading) -> PhoneNumber | None:
    """The number that an address names, wherever its host is; None where it names none."""
    try:
        return read(_user_part(address.uri), region)
    except SipError:
        return None


def called_number(request: Request, region: str | None, read: Reading = read_number) -> PhoneNumber | None:
    """The number that was dialled: the Request-URI's user, or To's where a carrier puts an account name there."""
    try:
        return read(_user_part(request.uri), region) or number_of(request.to, region, read)
    except SipError:
        return None


def calling_number(request: Request, region: str | None, read: Reading = read_number) -> PhoneNumber | None:
    """The caller's number unless it is hidden; the network's assertion comes before what the phone says (RFC 3325)."""
    if HIDING & {token.lower() for value in request.headers.get_all("privacy") for token in value.split(";")}:
        return None
    try:
        if (request.from_.uri.user or "").lower() in ANONYMOUS:
            return None
        asserted = [
            address
            for value in request.headers.get_all("p-asserted-identity")
            for address in NameAddr.parse_list(value)
        ]
    except SipError:
        asserted = []
    for address in (*asserted, request.from_):
        number = number_of(address, region, read)
        if number is not None:
            return number
    return None
