"""What a UAS checks before it processes a request, and a UAC before it believes a response (RFC 3261 8.2, 18.1.2)."""

import re
from collections.abc import Iterable
from email.utils import parsedate_to_datetime

from gateway.sip.errors import SipError
from gateway.sip.grammar import is_decimal
from gateway.sip.message import SIP_VERSION, Message, Request, Response
from gateway.sip.name_addr import WILDCARD, NameAddr
from gateway.sip.uri import Uri

_SIP_VERSION_FORM = re.compile(r"SIP/[0-9]++\.[0-9]++\Z", re.IGNORECASE)
VIA_VERSION = SIP_VERSION.removeprefix("SIP/")
MAX_CONTACT_EXPIRES = 2**32 - 1  # 20.19
MAX_DATE_LENGTH = 64  # an RFC 1123 date has 29


def validate_request(request: Request) -> None:
    """Raise SipError with the status to answer (400, 416, 505) where a request cannot be processed."""
    if request.version.upper() != SIP_VERSION:
        if _SIP_VERSION_FORM.match(request.version) and " " not in request.target:
            raise SipError(505, "Version not supported")
        raise SipError(400, "Malformed request line")
    uri = request.uri
    if uri.headers is not None:
        raise SipError(400, "Headers in Request-URI")
    _validate_common(request)
    if request.cseq.method != request.method:
        raise SipError(400, "CSeq method mismatch")
    _validate_present(request)
    if not uri.is_sip:
        raise SipError(416, "Unsupported URI scheme")


def validate_response(response: Response) -> None:
    """Raise SipError where a response cannot be used; it is then dropped, for responses are not answered."""
    _validate_common(response)
    present = response.headers.index
    if "contact" in present and response.status < 300:
        _require_uris(address for address in response.contacts if address != WILDCARD)
    elif "contact" in present:
        _ = response.contacts
    if "record-route" in present:
        _require_uris(response.record_routes)


def _validate_common(message: Message) -> None:
    if message.top_via.version != VIA_VERSION:
        raise SipError(505, "Version not supported")
    message.read_common()
    if not message.call_id:
        raise SipError(400, "Empty call-id")
    Uri.parse(message.from_.uri_text)
    Uri.parse(message.to.uri_text)
    length = message.content_length
    if length is not None and length > len(message.body):
        raise SipError(400, "Body shorter than Content-Length")


def _require_uris(addresses: Iterable[NameAddr]) -> None:
    for address in addresses:
        Uri.parse(address.uri_text)


def _validate_present(request: Request) -> None:
    """Read what a request need not have."""
    present = request.headers.index
    if "max-forwards" in present:
        _ = request.max_forwards
    if "expires" in present:
        _ = request.expires
    if "route" in present:
        _ = request.routes
    if "record-route" in present:
        _require_uris(request.record_routes)
    if "contact" in present:
        _validate_contacts(request)
    if "date" in present:
        _validate_date(request.headers.get("date"))


def _validate_contacts(request: Request) -> None:
    contacts = request.contacts
    if request.method != "REGISTER" and contacts[:1] == (WILDCARD,):
        raise SipError(400, "Contact of all only in REGISTER")  # 20.10
    for contact in contacts:
        if contact == WILDCARD:
            continue
        Uri.parse(contact.uri_text)
        expires = contact.params.get("expires")
        if expires is not None and not (is_decimal(expires) and int(expires[:11]) <= MAX_CONTACT_EXPIRES):
            raise SipError(400, "Malformed expires parameter")


def _validate_date(date: str | None) -> None:
    if date is None:
        return
    try:
        parsedate_to_datetime(date[:MAX_DATE_LENGTH])
    except (ValueError, OverflowError) as error:  # the latter for numbers that no processor counts to
        raise SipError(400, "Malformed Date") from error
    if not date.endswith("GMT"):  # 20.17 knows no other zone
        raise SipError(400, "Malformed Date")
