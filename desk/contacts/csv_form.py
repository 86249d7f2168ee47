"""Contacts as CSV (RFC 4180): what comes in is judged line by line, what goes out can come in again."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from desk.contacts.checks import checked
from desk.contacts.model import Contact, Draft
from kernel.primitives.errors import InvalidInput

COLUMNS = ("external_id", "name", "company", "numbers", "emails", "language", "tags", "notes")
"""Beside them `field:<code>` for each of the tenant's own fields; `name` must be there."""

LINES = 10_000  # a second of work; a larger file is sent in parts
MANY = "|"  # between the numbers, addresses or tags of one cell
OWN = "field:"
DELIMITERS = (",", ";", "\t")  # what spreadsheets write, by country

_FORMULA = re.compile(r"'*[=+\-@\t\r]")  # begins what a spreadsheet would carry out, or what was kept from it
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")


class LineProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was not taken; `line` counts from 1, the heading."""

    line: int
    field: str
    code: str
    detail: str


class ReadLine(msgspec.Struct, frozen=True):
    """A line that can be taken; `given` are the fields that the file has columns for."""

    line: int
    draft: Draft
    given: frozenset[str]


def read_csv(data: bytes) -> tuple[Sequence[ReadLine], Sequence[LineProblem]]:
    """Every line of the file is in one of the two; InvalidInput for a file that is none of ours."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unusable("not_utf8", "Save the file as UTF-8.") from error
    heading = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=heading.count)
    rows = _rows(text, delimiter)
    lines: list[ReadLine] = []
    problems: list[LineProblem] = []
    taken: dict[str, int] = {}
    columns = _columns(next(rows, (1, list[str]()))[1])
    for count, (number, cells) in enumerate(rows):
        if count >= LINES:
            raise _unusable("too_many_lines", f"Send at most {LINES} lines at once.")
        if not any(cells):
            continue
        found = _judged(number, cells, columns, taken)
        if isinstance(found, ReadLine):
            lines.append(found)
        else:
            problems += found
    return lines, problems


def _unusable(code: str, detail: str) -> InvalidInput:
    return InvalidInput(detail, errors=[{"field": "", "code": code, "detail": detail}])


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """With the number of the line that each begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        start = reader.line_num + 1
        try:
            yield start, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _unusable("not_csv", f"Line {start} is no CSV: {error}.") from error


def _columns(heading: Sequence[str]) -> Sequence[str]:
    columns = [name.strip() for name in heading]
    unknown = [name for name in columns if name not in COLUMNS and not name.startswith(OWN)]
    if "name" not in columns or unknown or len(set(columns)) != len(columns):
        raise _unusable("bad_heading", f"The first line names the columns: {', '.join(COLUMNS)}, {OWN}<code>.")
    return columns


def _judged(
    number: int, cells: Sequence[str], columns: Sequence[str], taken: dict[str, int]
) -> ReadLine | list[LineProblem]:
    """`taken`: the external ids of the lines before; a line that is fine adds its own."""
    if len(cells) != len(columns):
        detail = f"{len(columns)} cells are wanted, {len(cells)} are there"
        return [LineProblem(line=number, field="", code="wrong_number_of_cells", detail=detail)]
    draft = _draft(dict(zip(columns, map(_plain, cells), strict=True)))
    wrong = checked(draft)[1]
    if wrong:
        return [LineProblem(line=number, field=one.field, code=one.code, detail=one.detail) for one in wrong]
    if draft.external_id is not None:
        before = taken.setdefault(draft.external_id, number)
        if before != number:
            detail = f"line {before} has this external id already"
            return [LineProblem(line=number, field="external_id", code="repeated", detail=detail)]
    return ReadLine(number, draft, frozenset("fields" if name.startswith(OWN) else name for name in columns))


def _draft(cells: Mapping[str, str]) -> Draft:
    return Draft(
        name=cells["name"].strip(),
        numbers=_several(cells.get("numbers", "")),
        emails=_several(cells.get("emails", "")),
        company=cells.get("company", "").strip(),
        language=cells.get("language", "").strip() or None,
        notes=cells.get("notes", ""),
        tags=_several(cells.get("tags", "")),
        fields={name.removeprefix(OWN): value for name, value in cells.items() if name.startswith(OWN) and value},
        external_id=cells.get("external_id", "").strip() or None,
    )


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(MANY) if part.strip())


def _plain(cell: str) -> str:
    """Without the sign that kept a spreadsheet from carrying it out."""
    return cell[1:] if _ESCAPED.match(cell) else cell


def _cell(text: str) -> str:
    """So that no spreadsheet takes what a stranger wrote for a formula; a number with its plus is none."""
    return f"'{text}" if _FORMULA.match(text) else text


class CsvExport:
    """Writes contacts in pieces; `fields` are the codes of the tenant's own columns."""

    def __init__(self, fields: Sequence[str]) -> None:
        self._fields = tuple(fields)

    def heading(self) -> bytes:
        return _line([*COLUMNS, *(f"{OWN}{name}" for name in self._fields)])

    def lines(self, contacts: Iterable[Contact]) -> bytes:
        return b"".join(_line(self._cells(contact)) for contact in contacts)

    def _cells(self, contact: Contact) -> list[str]:
        texts = {
            "external_id": contact.external_id or "",
            "name": contact.name,
            "company": contact.company,
            "emails": MANY.join(contact.emails),
            "language": contact.language or "",
            "tags": MANY.join(contact.tags),
            "notes": contact.notes,
        }
        cells = {name: _cell(text) for name, text in texts.items()}
        cells["numbers"] = MANY.join(number.e164 for number in contact.numbers)
        return [*(cells[name] for name in COLUMNS), *(_cell(contact.fields.get(name, "")) for name in self._fields)]


def _line(cells: Sequence[str]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()
