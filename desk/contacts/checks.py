"""Rules for the fields of a contact: each wrong one is named with a code and what would be right."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from desk.contacts.model import Draft
from kernel.primitives.phone import PhoneNumber

NAME_LENGTH = 200  # the longest names that registries know, with titles
NUMBERS = 10  # mobile, desk, home, fax, of two jobs
EMAILS = 10
EMAIL_LENGTH = 254  # RFC 5321 4.5.3.1.3, less the angle brackets
NOTES_LENGTH = 10_000  # five pages
TAGS = 20
TAG_LENGTH = 40  # a label's text
FIELDS = 30  # a form that one can still fill in
FIELD_LENGTH = 500
EXTERNAL_ID_LENGTH = 100
BREAKS = str.maketrans("", "", "\n\r\t")

_EMAIL = re.compile(r"[^@|\s\x00-\x1f\x7f]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Wrong(msgspec.Struct, frozen=True):
    """One field that cannot be taken as it is."""

    field: str
    code: str
    detail: str


class _Checks:
    def __init__(self) -> None:
        self.wrong: list[Wrong] = []

    def require(self, right: bool, field: str, code: str, detail: str) -> None:
        if not right:
            self.wrong.append(Wrong(field, code, detail))

    def line(self, field: str, value: str, length: int, least: int = 0) -> None:
        right = least <= len(value) <= length and value.strip() == value and (value.isprintable() or not value)
        self.require(right, field, "not_one_line", f"{least} to {length} characters, no space at either end")

    def text(self, field: str, value: str, length: int) -> None:
        right = len(value) <= length and (not value or value.translate(BREAKS).isprintable())
        self.require(right, field, "not_a_text", f"up to {length} characters that can be printed")

    def few(self, field: str, values: Sequence[object], most: int) -> None:
        self.require(len(values) <= most, field, "too_many", f"at most {most}")
        self.require(len(set(values)) == len(values), field, "repeated", "each only once")

    def number(self, value: str) -> PhoneNumber | None:
        try:
            return PhoneNumber.parse(value)
        except ValueError as error:
            self.wrong.append(Wrong("numbers", "not_a_number", str(error)))
            return None


def key_of(text: str) -> str:
    """Under which a name or an e-mail address is found."""
    return text.strip().casefold()


def checked(draft: Draft) -> tuple[dict[str, Any], Sequence[Wrong]]:
    """The fields of a Contact in canonical form, and what is wrong; use the first only when nothing is."""
    checks = _Checks()
    checks.line("name", draft.name, NAME_LENGTH, least=1)
    numbers = tuple(number for text in draft.numbers[:NUMBERS] if (number := checks.number(text)) is not None)
    checks.few("numbers", draft.numbers, NUMBERS)
    for email in draft.emails[:EMAILS]:
        right = len(email) <= EMAIL_LENGTH and _EMAIL.fullmatch(email) is not None
        checks.require(right, "emails", "not_an_email", "an e-mail address such as name@example.org")
    checks.few("emails", [key_of(email) for email in draft.emails], EMAILS)
    checks.line("company", draft.company, NAME_LENGTH)
    known = draft.language is None or _LANGUAGE.fullmatch(draft.language) is not None
    checks.require(known, "language", "not_a_language", "a BCP 47 tag such as en or zh-Hant")
    checks.text("notes", draft.notes, NOTES_LENGTH)
    for tag in draft.tags[:TAGS]:
        checks.line("tags", tag, TAG_LENGTH, least=1)
        checks.require("|" not in tag, "tags", "bad_tag", "no | in a tag: it stands between tags in CSV files")
    checks.few("tags", draft.tags, TAGS)
    _check_fields(checks, draft)
    if draft.external_id is not None:
        checks.line("external_id", draft.external_id, EXTERNAL_ID_LENGTH, least=1)
    given = msgspec.structs.asdict(draft)
    return given | {"numbers": tuple(dict.fromkeys(numbers)), "fields": dict(draft.fields)}, checks.wrong


def _check_fields(checks: _Checks, draft: Draft) -> None:
    checks.require(len(draft.fields) <= FIELDS, "fields", "too_many", f"at most {FIELDS}")
    for name, value in list(draft.fields.items())[:FIELDS]:
        right = _FIELD.fullmatch(name) is not None
        checks.require(right, "fields", "bad_code", "codes of small letters, digits and underscores")
        checks.text("fields", value, FIELD_LENGTH)
