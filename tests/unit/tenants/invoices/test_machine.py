"""The life of an invoice: every pair of state and input."""

from itertools import product

import pytest

from tenants.billing.invoices.errors import InvoiceStateRefused
from tenants.billing.invoices.machine import TABLE, InvoiceInput, InvoiceState, after, diagram

S, I = InvoiceState, InvoiceInput  # noqa: E741

ALLOWED = {
    (S.DRAFT, I.REDRAFT): S.DRAFT,
    (S.DRAFT, I.ISSUE): S.ISSUED,
    (S.ISSUED, I.SETTLE): S.PAID,
    (S.ISSUED, I.FALL_DUE): S.PAST_DUE,
    (S.ISSUED, I.TAKE_BACK): S.VOID,
    (S.PAST_DUE, I.SETTLE): S.PAID,
    (S.PAST_DUE, I.TAKE_BACK): S.VOID,
    (S.PAID, I.REOPEN): S.ISSUED,
}


@pytest.mark.parametrize(("state", "what"), list(product(InvoiceState, InvoiceInput)))
def test_every_state_meets_every_input(state: InvoiceState, what: InvoiceInput) -> None:
    if (state, what) in ALLOWED:
        assert after(state, what) is ALLOWED[state, what]
    else:
        with pytest.raises(InvoiceStateRefused) as refused:
            after(state, what)
        assert refused.value.extra == {"state": state, "input": what}


def test_nothing_but_issuing_leads_out_of_a_draft_and_nothing_back_into_one() -> None:
    assert [to for (state, _), to in TABLE.items() if state is S.DRAFT] == [S.DRAFT, S.ISSUED]
    assert all(state is S.DRAFT for (state, _), to in TABLE.items() if to is S.DRAFT)


def test_only_a_credit_note_leads_to_void_and_nothing_out_of_it() -> None:
    assert {what for (_, what), to in TABLE.items() if to is S.VOID} == {I.TAKE_BACK}
    assert not any(state is S.VOID for state, _ in TABLE)


def test_the_diagram_tells_the_whole_table() -> None:
    assert diagram().count("-->") == len(TABLE) + 1
