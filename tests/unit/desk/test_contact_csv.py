"""Contacts as CSV: nothing is lost, nothing is carried out by a spreadsheet."""

import contextlib
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.contacts import Contact, CsvExport, Draft, read_csv
from desk.contacts.checks import checked
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import ContactId
from kernel.primitives.phone import PhoneNumber

AT = datetime(2026, 3, 2, tzinfo=UTC)
KEY = ContactId(UUID(int=1))

lines = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], include_characters=" \n\t"), max_size=40)
tags = lines.filter(lambda tag: "|" not in tag)
numbers = st.sampled_from(["+442071838750", "+442079460018", "+4930123456", "+15551234567"]).map(PhoneNumber)
contacts = st.builds(
    Contact,
    id=st.just(KEY),
    name=lines,
    numbers=st.lists(numbers, unique=True).map(tuple),
    emails=st.lists(st.sampled_from(["a@example.org", "b+c@example.net"]), unique=True).map(tuple),
    company=st.one_of(st.just(""), lines),
    language=st.sampled_from([None, "en", "zh-Hant"]),
    notes=texts,
    tags=st.lists(tags, unique=True, max_size=3).map(tuple),
    fields=st.dictionaries(st.sampled_from(["city", "customer_since"]), texts.filter(bool)),
    external_id=st.one_of(st.none(), lines),
    created_at=st.just(AT),
    updated_at=st.just(AT),
)


@given(contacts)
def test_what_goes_out_comes_in_again(contact: Contact) -> None:
    form = CsvExport(sorted(contact.fields))
    read, problems = read_csv(form.heading() + form.lines([contact]))
    assert problems == []
    assert [line.draft for line in read] == [contact.draft()]


@given(contacts)
def test_no_cell_begins_as_a_formula_but_a_number(contact: Contact) -> None:
    form = CsvExport(sorted(contact.fields))
    cells = form._cells(contact)  # pyright: ignore[reportPrivateUsage]
    assert not any(cell.startswith(("=", "-", "@", "+", "\t", "\r")) for cell in [*cells[:3], *cells[4:]])


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(InvalidInput):
        read_csv(b"name,numbers\n" + data)


def test_good_lines_are_taken_and_bad_ones_named() -> None:
    data = (
        b"external_id;name;numbers;emails\r\n"
        b"1;Ann;+442071838750|+442079460018;ann@example.org\r\n"
        b"2;;not a number;nobody\r\n"
        b"1;Again;;\r\n"
        b'3;"Two\r\nlines";;\r\n'
        b"\r\n"
        b"4;Bob;;\r\n"
        b"5;Too few\r\n"
    )
    read, problems = read_csv(data)
    assert [(line.line, line.draft.name) for line in read] == [(2, "Ann"), (8, "Bob")]
    assert read[0].draft.numbers == ("+442071838750", "+442079460018")
    assert [(one.line, one.field, one.code) for one in problems] == [
        (3, "name", "not_one_line"),
        (3, "numbers", "not_a_number"),
        (3, "emails", "not_an_email"),
        (4, "external_id", "repeated"),
        (5, "name", "not_one_line"),
        (9, "", "wrong_number_of_cells"),
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bad_heading"),
        (b"first,last\n", "bad_heading"),
        (b"name,name\n", "bad_heading"),
        (b"name\n\xff\n", "not_utf8"),
        (b"name\n" + b"x\n" * 10_001, "too_many_lines"),
    ],
)
def test_a_file_that_is_none_of_ours(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_csv(data)
    assert [error["code"] for error in refused.value.extra["errors"]] == [code]  # type: ignore[index, union-attr]


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (Draft(name="x", numbers=("+442071838750", "+442071838750")), "repeated"),
        (Draft(name="x", numbers=tuple(f"+4420718387{n}" for n in range(10, 21))), "too_many"),
        (Draft(name="x", emails=("A@example.org", "a@EXAMPLE.org")), "repeated"),
        (Draft(name="x", language="English"), "not_a_language"),
        (Draft(name="x", notes="\x00"), "not_a_text"),
        (Draft(name="x", notes="x" * 10_001), "not_a_text"),
        (Draft(name="x", tags=("a|b",)), "bad_tag"),
        (Draft(name="x", fields={"Not A Code": ""}), "bad_code"),
        (Draft(name="x", fields={f"f{n}": "" for n in range(31)}), "too_many"),
        (Draft(name="x", external_id=""), "not_one_line"),
    ],
)
def test_fields_are_bounded(draft: Draft, code: str) -> None:
    assert [one.code for one in checked(draft)[1]] == [code]
