"""Invoices and credit notes as PDF: the same document always gives the same bytes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple, cast
from zoneinfo import ZoneInfo

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from tenants.billing.currency import minor_digits, to_major
from tenants.billing.invoices.model import CreditDocument, DocumentLine, InvoiceDocument, Party
from tenants.billing.invoices.taxes import TaxKind, TaxLine

FONT = "Fira Sans"
FALLBACK = "CJK"
CJK_PACKAGE = "cvttf_NotoSansCJK_Regular"  # the optional dependency `cjk`
CJK_FILE = "NotoSansCJKtc-Regular.otf"
FIRST_CJK = "\u1100"  # Hangul Jamo: from here on Fira Sans has no letters that names are written in
MARGIN = 20.0  # mm, on every side; a folder's holes fit
WIDTH = 210.0 - 2 * MARGIN  # A4
FOOT = 24.0  # mm above the lower edge that belong to the foot
LINE = 4.6  # mm from line to line of running text
SMALL, NORMAL, LARGE = 7.5, 9.0, 20.0  # points
INK, GREY, RULE = 25, 110, 200  # shades from 0 (black)
PLACES = 4  # of a quantity in print; the document keeps all six

Align = Literal["L", "R"]


class Column(NamedTuple):
    title: str
    width: float
    align: Align


class Printed(NamedTuple):
    """What both kinds of document have in common."""

    title: str
    number: str
    issuer: Party
    recipient: Party
    issued_on: date
    particulars: Sequence[tuple[str, str]]
    currency: str


LINES = (
    Column("Pos.", 10, "L"),
    Column("Description", 82, "L"),
    Column("Quantity", 26, "R"),
    Column("Unit price", 24, "R"),
    Column("Amount", 28, "R"),
)
CREDITS = (Column("Pos.", 10, "L"), Column("Description", 132, "L"), Column("Amount", 28, "R"))


def amount(minor: int | Decimal, currency: str) -> str:
    """Such as 1,234.50; of a unit price all digits that it has."""
    major = to_major(minor, currency)
    digits = max(minor_digits(currency), -int(major.normalize().as_tuple().exponent))
    return f"{major:,.{digits}f}"


def quantity(text: str) -> str:
    rounded = Decimal(text).quantize(Decimal(1).scaleb(-PLACES), ROUND_HALF_EVEN).normalize()
    return f"{rounded:,f}"


def rate(points: int) -> str:
    """1900 basis points are 19 %."""
    return f"{Decimal(points).scaleb(-2).normalize():f} %"


@cache
def _fonts() -> dict[str, Path]:
    package = find_spec("fontpkg_fira_sans")
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent / "files"
    return {"": folder / "FiraSans-Regular.ttf", "B": folder / "FiraSans-SemiBold.ttf"}


@cache
def _cjk() -> Path | None:
    package = find_spec(CJK_PACKAGE)
    if package is None or package.origin is None:
        return None
    return Path(package.origin).parent / CJK_FILE


def invoice_pdf(document: InvoiceDocument) -> bytes:
    """A draft is told to be one."""
    facts = document.facts
    zone = ZoneInfo(facts.time_zone)
    last = facts.end.astimezone(zone).date().toordinal() - 1
    particulars = [
        ("Invoice date", facts.issued_on.isoformat()),
        ("Period", f"{facts.start.astimezone(zone).date()} to {date.fromordinal(last)}"),
        ("Payable until", facts.due_on.isoformat()),
    ]
    if facts.reference:
        particulars.append(("Your reference", facts.reference))
    draft = not facts.number
    sheet = _Sheet(
        Printed(
            title="Draft invoice" if draft else "Invoice",
            number=facts.number or "not issued",
            issuer=facts.issuer,
            recipient=facts.recipient,
            issued_on=facts.issued_on,
            particulars=particulars,
            currency=facts.currency,
        ),
        str(document),
        facts.bank,
    )
    sheet.begin(LINES)
    client: str | None = None
    for line in document.lines:
        if line.client is not None and line.client != client and len(facts.clients) > 1:
            client = line.client
            sheet.heading(client)
        sheet.row(LINES, _cells(line, facts.currency, zone))
    sheet.totals(document.subtotal_minor, document.taxes, document.total_minor)
    sheet.notes([facts.payment_terms, *_tax_notes(document.taxes)])
    return sheet.bytes()


def credit_pdf(document: CreditDocument) -> bytes:
    sheet = _Sheet(
        Printed(
            title="Credit note",
            number=document.number,
            issuer=document.issuer,
            recipient=document.recipient,
            issued_on=document.issued_on,
            particulars=[
                ("Date", document.issued_on.isoformat()),
                ("For invoice", document.invoice),
                ("of", document.invoice_issued_on.isoformat()),
            ],
            currency=document.currency,
        ),
        str(document),
        (),
    )
    sheet.begin(CREDITS)
    for line in document.lines:
        sheet.row(CREDITS, (str(line.position), line.text, "", amount(line.amount_minor, document.currency)))
    sheet.totals(document.subtotal_minor, document.taxes, document.total_minor)
    sheet.notes([f"Reason: {document.reason}", *_tax_notes(document.taxes)])
    return sheet.bytes()


def _cells(line: DocumentLine, currency: str, zone: ZoneInfo) -> tuple[str, ...]:
    spans = f"{line.start.astimezone(zone):%Y-%m-%d %H:%M} to {line.end.astimezone(zone):%Y-%m-%d %H:%M}"
    return (
        str(line.position),
        line.text,
        spans,
        f"{quantity(line.quantity)} {line.unit}",
        amount(Decimal(line.unit_price), currency),
        amount(line.amount_minor, currency),
    )


def _tax_notes(taxes: Sequence[TaxLine]) -> list[str]:
    found: list[str] = []
    for tax in taxes:
        if tax.kind is TaxKind.REVERSE_CHARGE:
            found.append(tax.note or "Reverse charge: the recipient accounts for the tax.")
        elif tax.note:
            found.append(f"{tax.name}: {tax.note}")
    return found


class _Pages(FPDF):
    """A foot on every page; a head from the second page on."""

    def __init__(self, printed: Printed, bank: Sequence[str]) -> None:
        super().__init__(format="A4")
        self._printed = printed
        self._bank = tuple(bank)

    def header(self) -> None:
        if self.page_no() == 1:
            return
        self.set_font(FONT, "", SMALL)
        self.set_text_color(GREY)
        self.set_xy(MARGIN, 12)
        self.cell(WIDTH / 2, LINE, f"{self._printed.title} {self._printed.number}")
        self.cell(WIDTH / 2, LINE, self._printed.issuer.name, align="R")
        self.set_text_color(INK)
        self.set_xy(MARGIN, MARGIN)

    def footer(self) -> None:
        party = self._printed.issuer
        self.set_draw_color(RULE)
        self.set_text_color(GREY)
        self.set_font(FONT, "", SMALL)
        top = self.h - FOOT + 3
        self.line(MARGIN, top - 1.5, MARGIN + WIDTH, top - 1.5)
        third = WIDTH / 3
        columns = (
            [party.name, *party.address],
            list(self._bank),
            [text for text in (party.tax_id and f"Tax id {party.tax_id}", party.email) if text],
        )
        for place, texts in enumerate(columns):
            for row, text in enumerate(texts[:4]):
                self.set_xy(MARGIN + place * third, top + row * 3.4)
                self.cell(third, 3.4, _fitting(self, text, third - 2))
        self.set_xy(MARGIN, self.h - 8)
        self.cell(WIDTH, 3.4, f"Page {self.page_no()} of {{nb}}", align="R")
        self.set_text_color(INK)


def _fitting(pdf: FPDF, text: str, width: float) -> str:
    """Cut where it would run into the next column."""
    if pdf.get_string_width(text) <= width:
        return text
    while text and pdf.get_string_width(text + "…") > width:
        text = text[:-1]
    return text + "…"


class _Sheet:
    """Draws from top to bottom; `told` is all text of the document, to know which fonts it needs."""

    def __init__(self, printed: Printed, told: str, bank: Sequence[str]) -> None:
        self._printed = printed
        pdf = self._pdf = _Pages(printed, bank)
        moment = datetime.combine(printed.issued_on, time(), UTC)
        pdf.set_creation_date(moment)
        pdf.set_title(f"{printed.title} {printed.number}")
        pdf.set_author(printed.issuer.name)
        pdf.set_lang("en")
        pdf.set_margins(MARGIN, MARGIN, MARGIN)
        pdf.set_auto_page_break(auto=True, margin=FOOT + 4)
        for style, path in _fonts().items():
            pdf.add_font(FONT, style, path)  # pyright: ignore[reportArgumentType]
        cjk = _cjk()
        if cjk is not None and any(letter >= FIRST_CJK for letter in told if letter.isalpha()):
            pdf.add_font(FALLBACK, "", cjk)
            pdf.set_fallback_fonts([FALLBACK], exact_match=False)
        pdf.set_font(FONT, "", NORMAL)
        pdf.set_text_color(INK)
        pdf.add_page()
        self._columns: Sequence[Column] = ()

    def begin(self, columns: Sequence[Column]) -> None:
        """Sender, recipient, title and particulars, then the head of the table."""
        pdf, printed = self._pdf, self._printed
        self._at(NORMAL + 5, "B", MARGIN, printed.issuer.name, WIDTH)
        pdf.set_font(FONT, "", SMALL)
        pdf.set_text_color(GREY)
        pdf.set_x(MARGIN)
        pdf.multi_cell(WIDTH, 3.6, " · ".join(printed.issuer.address), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        pdf.set_text_color(INK)
        top = 50.0
        pdf.set_y(top)
        tax_id = printed.recipient.tax_id and f"Tax id {printed.recipient.tax_id}"
        for text in (printed.recipient.name, *printed.recipient.address, tax_id):
            self._at(NORMAL, "", MARGIN, text, 90)
        bottom = max(pdf.get_y(), top)
        for place, (name, value) in enumerate(printed.particulars):
            self._font("", NORMAL)
            pdf.set_xy(MARGIN + 100, top + place * (LINE + 0.6))
            pdf.set_text_color(GREY)
            pdf.cell(28, LINE, name)
            pdf.set_text_color(INK)
            pdf.cell(WIDTH - 128, LINE, _fitting(pdf, value, WIDTH - 128), align="R")
        pdf.set_y(max(bottom, top + len(printed.particulars) * (LINE + 0.6), 84.0) + 6)
        self._at(LARGE, "", MARGIN, f"{printed.title} {printed.number}", WIDTH)
        pdf.ln(5)
        self._columns = columns
        self._head()

    def _at(self, size: float, style: Literal["", "B"], x: float, text: str, width: float) -> None:
        if text:
            self._font(style, size)
            self._pdf.set_x(x)
            self._pdf.multi_cell(width, size * 0.5, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _font(self, style: Literal["", "B"], size: float) -> None:
        """Anew even if it is the present one: after letters of the fallback font fpdf2 knows a font that is not set."""
        self._pdf.set_font(FONT, style, size + 1)
        self._pdf.set_font(FONT, style, size)

    def _head(self) -> None:
        pdf = self._pdf
        pdf.set_font(FONT, "B", SMALL)
        pdf.set_text_color(GREY)
        pdf.set_x(MARGIN)
        for column in self._columns:
            title = column.title if column.title != "Amount" else f"Amount {self._printed.currency}"
            pdf.cell(column.width, LINE + 1, title, align=column.align)
        pdf.ln(LINE + 1.5)
        self._rule()
        pdf.set_text_color(INK)

    def _rule(self) -> None:
        pdf = self._pdf
        pdf.set_draw_color(RULE)
        pdf.line(MARGIN, pdf.get_y(), MARGIN + WIDTH, pdf.get_y())
        pdf.ln(1.5)

    def _keep(self, height: float, *, head: bool = True) -> None:
        """Begin a new page where `height` would not fit on this one."""
        if self._pdf.will_page_break(height):
            self._pdf.add_page()
            if head:
                self._head()

    def heading(self, text: str) -> None:
        """Of the lines of one client; never alone at the foot of a page."""
        self._keep(6 * LINE)
        self._pdf.ln(1.5)
        self._at(NORMAL, "B", MARGIN, text, WIDTH)
        self._pdf.ln(1)

    def row(self, columns: Sequence[Column], cells: Sequence[str]) -> None:
        """Position, text, a smaller second line, then the numbers; a long text wraps."""
        pdf = self._pdf
        position, text, second, *numbers = cells
        wide = columns[1].width - 3
        pdf.set_font(FONT, "", NORMAL)
        told = cast(list[str], pdf.multi_cell(wide, LINE, text, align="L", dry_run=True, output="LINES"))
        tall = len(told) * LINE
        height = tall + (3.8 if second else 0) + 2
        self._keep(height)
        self._font("", NORMAL)
        top = pdf.get_y()
        pdf.set_xy(MARGIN, top)
        pdf.cell(columns[0].width, LINE, position)
        x = MARGIN + columns[0].width
        pdf.set_xy(x, top)
        pdf.multi_cell(wide, LINE, text, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)
        if second:
            self._font("", SMALL)
            pdf.set_text_color(GREY)
            pdf.set_xy(x, top + tall)
            pdf.cell(wide, 3.8, second)
            pdf.set_text_color(INK)
        self._font("", NORMAL)
        x += columns[1].width
        for column, number in zip(columns[2:], numbers, strict=True):
            pdf.set_xy(x, top)
            pdf.cell(column.width, LINE, number, align=column.align)
            x += column.width
        pdf.set_xy(MARGIN, top + height)

    def totals(self, subtotal: int, taxes: Sequence[TaxLine], total: int) -> None:
        """Together on one page."""
        pdf, currency = self._pdf, self._printed.currency
        self._keep((4 + len(taxes)) * (LINE + 1.5), head=False)
        pdf.ln(1)
        self._rule()
        pdf.set_font(FONT, "", NORMAL)
        self._sum("Subtotal", subtotal)
        for tax in taxes:
            shown = f"{tax.name} {rate(tax.rate)}" if tax.kind is TaxKind.RATE else tax.name
            self._sum(f"{shown} on {amount(tax.base_minor, currency)}", tax.tax_minor)
        pdf.set_draw_color(INK)
        pdf.line(MARGIN + WIDTH / 2, pdf.get_y() + 0.8, MARGIN + WIDTH, pdf.get_y() + 0.8)
        pdf.ln(2)
        pdf.set_font(FONT, "B", NORMAL + 2)
        self._sum(f"Total {currency}", total)
        pdf.set_font(FONT, "", NORMAL)

    def _sum(self, name: str, minor: int) -> None:
        pdf = self._pdf
        pdf.set_x(MARGIN + WIDTH / 2)
        pdf.cell(WIDTH / 2 - 36, LINE + 1, name)
        pdf.cell(36, LINE + 1, amount(minor, self._printed.currency), align="R")
        pdf.ln(LINE + 1)

    def notes(self, texts: Sequence[str]) -> None:
        pdf = self._pdf
        pdf.ln(6)
        for text in texts:
            self._at(NORMAL, "", MARGIN, text, WIDTH)
            pdf.ln(1.5)

    def bytes(self) -> bytes:
        return bytes(self._pdf.output())
