"""Trunks of two tenants, in a book, and calls that come by them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from gateway.sip.flow import Destination, Flow, HostPort
from gateway.sip.headers import Headers
from gateway.sip.message import Request
from gateway.trunks.book import TrunkBook
from kernel.contracts.directory import CallLimits, DiallingRules, TrunkConfig
from kernel.contracts.trunks import InboundAccount, TrunkOptions
from kernel.primitives.ids import TenantId, TrunkId
from kernel.primitives.phone import PhoneNumber

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONDON, OWN = PhoneNumber("+442071838750"), PhoneNumber("+442079460018")
ONE, TWO = TenantId(UUID(int=1)), TenantId(UUID(int=2))


def make_trunk(tenant: TenantId, number: int, **more: Any) -> TrunkConfig:
    """`more`: fields of the trunk, or of its options."""
    options = {name: more.pop(name) for name in TrunkOptions.__struct_fields__ if name in more}
    trunk = TrunkConfig(
        trunk=TrunkId(UUID(int=number)),
        tenant=tenant,
        name=f"carrier {number}",
        sources=(),
        host="203.0.113.9",
        port=5060,
        transport="udp",
        options=TrunkOptions(**options),
    )
    return msgspec.structs.replace(trunk, **more)


FLOW = Flow("TCP", HostPort("192.0.2.1", 5060), HostPort("198.51.100.9", 40123))


class Place(NamedTuple):
    """Where a peer registered."""

    uri: str
    destination: Destination
    route: tuple[str, ...] = ()


def account(domain: str = "one.example", *, registers: bool = False) -> InboundAccount:
    return InboundAccount(domain=domain, username="headquarters", registers=registers)


class Directory:
    def __init__(self, *trunks: TrunkConfig, **limits: Any) -> None:
        self.all = trunks
        self.told = [DiallingRules(tenant=ONE, numbers=frozenset({OWN}), limits=CallLimits(**limits))]

    async def trunks(self, tenant: TenantId | None = None) -> Sequence[TrunkConfig]:
        return [trunk for trunk in self.all if tenant in (None, trunk.tenant)]

    async def owner(self, called: PhoneNumber) -> TenantId | None:
        return None

    async def dialling(self, tenant: TenantId | None = None) -> Sequence[DiallingRules]:
        return self.told


async def book_of(*trunks: TrunkConfig, **limits: Any) -> TrunkBook:
    book = TrunkBook(Directory(*trunks, **limits), lambda: NOW, lambda: 0.0)
    await book.refresh()
    return book


def request_to(
    called: PhoneNumber, caller: str = "+493012345678", *headers: tuple[str, str], call: str = "c"
) -> Request:
    """An INVITE as a carrier sends it."""
    lines = [
        ("Via", "SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1"),
        ("From", f"<sip:{caller}@carrier.example>;tag=f"),
        ("To", f"<sip:{called.e164}@us.example>"),
        ("Call-ID", call),
        ("CSeq", "1 INVITE"),
        *headers,
    ]
    return Request("INVITE", f"sip:{called.e164}@192.0.2.1", Headers.of(lines))
