"""From charges to the document, and its one sequence of bytes."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from tenants.billing.charges import Charge
from tenants.billing.invoices.model import DOCUMENT_VERSION, DocumentLine, Facts, InvoiceDocument, Sources
from tenants.billing.invoices.taxes import tax_lines

_ENCODER = msgspec.json.Encoder(order="sorted")


class Charged(NamedTuple):
    """The charges of one client; `events` leads from an entry to the log event that it came from."""

    client: UUID | None
    charges: Sequence[Charge]
    events: Mapping[UUID, UUID]


class Difference(msgspec.Struct, frozen=True):
    """Where a stored document and the recomputed one part: `at` is a path such as `lines[3].amount_minor`."""

    at: str
    stored: str
    computed: str


def build(facts: Facts, charged: Sequence[Charged]) -> InvoiceDocument:
    """The same document whatever the order of clients and entries; charges of another currency are left out."""
    lines: list[DocumentLine] = []
    for one in sorted(charged, key=lambda each: (facts.clients.get(str(each.client), ""), str(each.client))):
        for charge in one.charges:
            if charge.amount.currency == facts.currency:
                lines.append(_line(len(lines) + 1, charge, one, facts))
    subtotal = sum(line.amount_minor for line in lines)
    taxes = tax_lines((facts.tax.rule(tax_key(line.code)), line.amount_minor) for line in lines)
    tax = sum(line.tax_minor for line in taxes)
    return InvoiceDocument(
        version=DOCUMENT_VERSION,
        facts=facts,
        lines=tuple(lines),
        taxes=taxes,
        subtotal_minor=subtotal,
        tax_minor=tax,
        total_minor=subtotal + tax,
    )


ADJUSTMENT = "adjustment."


def tax_key(code: str) -> str:
    """An adjustment is taxed like what it adjusts."""
    return code.removeprefix(ADJUSTMENT)


def _line(position: int, charge: Charge, one: Charged, facts: Facts) -> DocumentLine:
    return DocumentLine(
        position=position,
        code=charge.code,
        text=charge.text,
        client=None if one.client is None else facts.clients.get(str(one.client), str(one.client)),
        start=charge.start,
        end=charge.end,
        quantity=f"{charge.quantity:f}",
        unit=charge.unit,
        unit_price=f"{charge.unit_price:f}",
        amount_minor=charge.amount.minor,
        tax=facts.tax.rule(tax_key(charge.code)).code,
        sources=_sources(charge.sources, one.events),
    )


def _sources(entries: Sequence[UUID], events: Mapping[UUID, UUID]) -> Sources:
    """Over the events, not the entries: entries made anew from the log have other ids."""
    names = sorted(events[entry].bytes for entry in entries)
    return Sources(len(names), hashlib.sha256(b"".join(names)).hexdigest())


def canonical(document: msgspec.Struct) -> bytes:
    """JSON with sorted members and no spaces."""
    return _ENCODER.encode(document)


def digest(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest()


def first_difference(stored: bytes, computed: bytes) -> Difference | None:
    """None where the bytes are equal; otherwise the first member, in the document's order, that is not."""
    if stored == computed:
        return None
    for found in _differences("", msgspec.json.decode(stored), msgspec.json.decode(computed)):
        return found
    return Difference("", "other bytes", "for equal content")


def _differences(path: str, one: Any, other: Any) -> Iterator[Difference]:
    if isinstance(one, dict) and isinstance(other, dict):
        yield from _of_objects(path, one, other)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(one, list) and isinstance(other, list):
        yield from _of_lists(path, one, other)  # pyright: ignore[reportUnknownArgumentType]
    elif one != other:
        yield Difference(path, _told(one), _told(other))


def _of_objects(path: str, one: dict[str, Any], other: dict[str, Any]) -> Iterator[Difference]:
    for name in sorted(one.keys() | other.keys(), key=_order):
        at = f"{path}.{name}" if path else name
        if name not in one or name not in other:
            yield Difference(at, _told(one.get(name)), _told(other.get(name)))
        else:
            yield from _differences(at, one[name], other[name])


def _of_lists(path: str, one: list[Any], other: list[Any]) -> Iterator[Difference]:
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        yield from _differences(f"{path}[{place}]", left, right)
    if len(one) != len(other):
        yield Difference(f"{path}.length", str(len(one)), str(len(other)))


def _order(name: str) -> tuple[int, str]:
    """Causes before sums: facts, then lines, then what is added up from them."""
    return (("facts", "lines", "taxes").index(name) if name in ("facts", "lines", "taxes") else 3, name)


def _told(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()
