"""The life of an invoice as one table; a pair that is not in it is refused by name."""

from enum import StrEnum

from tenants.billing.invoices.errors import InvoiceStateRefused


class InvoiceState(StrEnum):
    DRAFT = "draft"  # may still change, has no number
    ISSUED = "issued"  # numbered, immutable, to be paid
    PAST_DUE = "past_due"  # not paid in time
    PAID = "paid"  # nothing is open
    VOID = "void"  # taken back whole by credit notes


class InvoiceInput(StrEnum):
    REDRAFT = "redraft"  # computed again before it is issued
    ISSUE = "issue"
    SETTLE = "settle"  # payments and credit notes leave nothing open
    FALL_DUE = "fall_due"  # the due day is over and something is open
    REOPEN = "reopen"  # a payment went back: something is open again
    TAKE_BACK = "take_back"  # credit notes took back all of it, before anything was paid


_S, _I = InvoiceState, InvoiceInput

TABLE: dict[tuple[InvoiceState, InvoiceInput], InvoiceState] = {
    (_S.DRAFT, _I.REDRAFT): _S.DRAFT,
    (_S.DRAFT, _I.ISSUE): _S.ISSUED,
    (_S.ISSUED, _I.SETTLE): _S.PAID,
    (_S.ISSUED, _I.FALL_DUE): _S.PAST_DUE,
    (_S.ISSUED, _I.TAKE_BACK): _S.VOID,
    (_S.PAST_DUE, _I.SETTLE): _S.PAID,
    (_S.PAST_DUE, _I.TAKE_BACK): _S.VOID,
    (_S.PAID, _I.REOPEN): _S.ISSUED,
}
"""Void has no way out, and the only way into it is a credit note over the whole."""


def after(state: InvoiceState, what: InvoiceInput) -> InvoiceState:
    """The next state; InvoiceStateRefused where the table has none."""
    following = TABLE.get((state, what))
    if following is None:
        raise InvoiceStateRefused(f"An invoice that is {state} cannot {what}.", state=state, input=what)
    return following


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    rows = [f"    {one} --> {other}: {what}" for (one, what), other in TABLE.items()]
    return "\n".join(["stateDiagram-v2", "    [*] --> draft", *rows])
