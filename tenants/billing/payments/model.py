"""Payments: what was paid, when, and by which reference. There is no field for a card: none is ever stored."""

from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from kernel.primitives.money import Money

REFERENCE_LENGTH = 100  # a bank's reference line has 35 to 140
NOTE_LENGTH = 500  # a paragraph


class PaymentKind(StrEnum):
    PAYMENT = "payment"  # money came in
    REFUND = "refund"  # money went back
    TRANSFER = "transfer"  # from one invoice's credit to another invoice


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """`amount_minor` is negative for what went out; `counterpart` is the other invoice of a transfer."""

    id: UUID
    invoice: UUID
    kind: PaymentKind
    amount_minor: int
    currency: str
    received_on: date
    reference: str
    note: str
    recorded_at: datetime
    counterpart: UUID | None = None


class Payable(msgspec.Struct, frozen=True, kw_only=True):
    """What a payer needs to be told of."""

    number: str
    issuer: str
    amount: Money
    due_on: date
    bank: tuple[str, ...] = ()


class Instructions(msgspec.Struct, frozen=True, kw_only=True):
    """How to pay: lines to read, and a page of the payment provider where there is one."""

    lines: tuple[str, ...]
    reference: str
    url: str | None = None


class PaymentPort(Protocol):
    """A way in which money comes and goes back; what it tells is recorded by `PaymentService`.

    A payment provider's adapter keeps card data on the provider's side: only amounts and references pass here.
    """

    async def instructions(self, payable: Payable) -> Instructions: ...

    async def refund(self, payment: Payment, amount: Money) -> str:
        """Send money back and return the reference under which it went."""
        ...


class ManualPayments:
    """PaymentPort by people: a bank transfer that somebody writes down, and sends back by hand."""

    async def instructions(self, payable: Payable) -> Instructions:
        return Instructions(lines=payable.bank, reference=payable.number)

    async def refund(self, payment: Payment, amount: Money) -> str:
        return payment.reference
