"""Rules for single fields: each names the field, a code, and what would be right."""

import re
import zoneinfo
from collections.abc import Sequence
from ipaddress import ip_address, ip_network

import phonenumbers

from kernel.primitives.errors import InvalidInput
from kernel.primitives.phone import PhoneNumber

EMAIL_LENGTH = 254  # RFC 5321 4.5.3.1.3, less the angle brackets
NAME_LENGTH = 100  # what a list can show in one line
PASSWORD_LENGTHS = (12, 128)  # above what is guessed from lists; below what makes hashing a burden
LABEL_LENGTH = 60  # a button's text
LABELS = 50  # more choices cannot be found under stress
MEMBERS = 5_000  # above twice the largest centre we know
PROMPTS = 10  # nobody listens to more before a queue
PRIORITY = 100
CODECS = ("PCMU", "PCMA", "G722", "opus")
WIDEST_NETWORK = {4: 16, 6: 32}  # what a carrier gets from a registry; wider would let strangers in

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*")
_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PROMPT = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_HOST_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_HOST_LABEL}(?:\.{_HOST_LABEL})*\.?")


class Checks:
    """Collects what is wrong, so that a person sees all of it at once; `done` raises InvalidInput with `errors`."""

    def __init__(self) -> None:
        self._errors: list[dict[str, str]] = []

    def wrong(self, field: str, code: str, detail: str) -> None:
        self._errors.append({"field": field, "code": code, "detail": detail})

    def require(self, right: bool, field: str, code: str, detail: str) -> None:
        if not right:
            self.wrong(field, code, detail)

    def done(self) -> None:
        if self._errors:
            told = "; ".join(f"{error['field']}: {error['detail']}" for error in self._errors)
            raise InvalidInput(told, errors=self._errors)

    def name(self, field: str, value: str, length: int = NAME_LENGTH) -> None:
        right = 0 < len(value) <= length and value.strip() == value and value.isprintable()
        self.require(right, field, "not_a_name", f"1 to {length} characters, no space at either end")

    def email(self, field: str, value: str) -> None:
        right = len(value) <= EMAIL_LENGTH and _EMAIL.fullmatch(value) is not None
        self.require(right, field, "not_an_email", "an e-mail address such as name@example.org")

    def password(self, field: str, value: str) -> None:
        shortest, longest = PASSWORD_LENGTHS
        self.require(shortest <= len(value) <= longest, field, "bad_password", f"{shortest} to {longest} characters")

    def time_zone(self, field: str, value: str) -> None:
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            self.wrong(field, "no_such_time_zone", "an IANA name such as Europe/Berlin")

    def currency(self, field: str, value: str) -> None:
        self.require(_CURRENCY.fullmatch(value) is not None, field, "not_a_currency", "an ISO 4217 code such as EUR")

    def locale(self, field: str, value: str) -> None:
        self.require(_LOCALE.fullmatch(value) is not None, field, "not_a_locale", "a BCP 47 tag such as en or zh-Hant")

    def codes(self, field: str, values: Sequence[str]) -> None:
        right = len(values) <= LABELS and all(_CODE.fullmatch(value) for value in values)
        self.require(right, field, "bad_codes", f"up to {LABELS} codes of small letters, digits and underscores")
        self.distinct(field, values)

    def labels(self, field: str, values: Sequence[str]) -> None:
        self.require(0 < len(values) <= LABELS, field, "bad_number", f"1 to {LABELS} of them")
        for value in values:
            self.name(field, value, LABEL_LENGTH)
        self.distinct(field, values)

    def distinct(self, field: str, values: Sequence[object]) -> None:
        self.require(len(set(values)) == len(values), field, "repeated", "each only once")

    def prompts(self, field: str, values: Sequence[str]) -> None:
        right = len(values) <= PROMPTS and all(_PROMPT.fullmatch(value) for value in values)
        self.require(right, field, "bad_prompt", f"up to {PROMPTS} names of prompts")

    def between(self, field: str, value: float, least: float, most: float) -> None:
        self.require(least <= value <= most, field, "out_of_range", f"between {least:g} and {most:g}")

    def host(self, field: str, value: str) -> None:
        right = _HOST.fullmatch(value) is not None or _is_address(value)
        self.require(right, field, "not_a_host", "a name or an IP address")

    def region(self, field: str, value: str | None) -> None:
        known = value is None or value in phonenumbers.SUPPORTED_REGIONS
        self.require(known, field, "no_such_region", "an ISO 3166-1 code such as GB")

    def codecs(self, field: str, values: Sequence[str]) -> None:
        right = bool(values) and all(value in CODECS for value in values)
        self.require(right, field, "bad_codecs", f"one or more of {', '.join(CODECS)}")
        self.distinct(field, values)

    def source(self, field: str, value: str) -> str | None:
        """The canonical form `network` or `network#port`; None and a note of what is wrong otherwise."""
        network, _, port = value.partition("#")
        try:
            parsed = ip_network(network.strip(), strict=False)
        except ValueError:
            self.wrong(field, "not_a_network", f"{value!r} is no IP network such as 192.0.2.0/28")
            return None
        if parsed.prefixlen < WIDEST_NETWORK[parsed.version]:
            self.wrong(field, "network_too_wide", f"{value!r} is wider than /{WIDEST_NETWORK[parsed.version]}")
            return None
        if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
            self.wrong(field, "not_a_port", f"{port!r} is no port")
            return None
        return f"{parsed}#{int(port)}" if port else str(parsed)

    def phone(self, field: str, value: str) -> PhoneNumber | None:
        try:
            return PhoneNumber.parse(value)
        except ValueError as error:
            self.wrong(field, "not_a_number", str(error))
            return None


def _is_address(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True
