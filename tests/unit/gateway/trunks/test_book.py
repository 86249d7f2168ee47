"""Which trunk a source belongs to; two tenants."""

from collections.abc import Sequence
from uuid import UUID

from gateway.sip.flow import HostPort
from gateway.trunks.book import REMEMBERED_SOURCES, TrunkBook
from kernel.contracts.directory import DiallingRules, TrunkConfig
from kernel.primitives.ids import TenantId, TrunkId
from kernel.primitives.phone import PhoneNumber

ONE, TWO = TenantId(UUID(int=1)), TenantId(UUID(int=2))
NUMBER_OF_TWO = PhoneNumber("+442071838750")
UNOWNED = PhoneNumber("+442071838751")


def trunk(tenant: TenantId, number: int, *sources: str, host: str = "sip.example.com") -> TrunkConfig:
    return TrunkConfig(
        trunk=TrunkId(UUID(int=number)),
        tenant=tenant,
        name=f"carrier {number}",
        sources=sources,
        host=host,
        port=5060,
        transport="udp",
    )


class Directory:
    def __init__(self, *trunks: TrunkConfig) -> None:
        self.all = list(trunks)
        self.rules: list[DiallingRules] = []

    async def trunks(self, tenant: TenantId | None = None) -> Sequence[TrunkConfig]:
        return [trunk for trunk in self.all if tenant in (None, trunk.tenant)]

    async def owner(self, called: PhoneNumber) -> TenantId | None:
        return TWO if called == NUMBER_OF_TWO else None

    async def dialling(self, tenant: TenantId | None = None) -> Sequence[DiallingRules]:
        return [rules for rules in self.rules if tenant in (None, rules.tenant)]


async def book_of(*trunks: TrunkConfig) -> tuple[TrunkBook, Directory]:
    directory = Directory(*trunks)
    book = TrunkBook(directory)
    await book.refresh()
    return book, directory


def ways_out(book: TrunkBook, tenant: TenantId) -> list[int]:
    return [way.trunk.int for way in book.attempts(tenant, UNOWNED, None) if way.trunk is not None]


def ids(found: Sequence[TrunkConfig]) -> list[int]:
    return [trunk.trunk.int for trunk in found]


async def test_a_stranger_is_unknown() -> None:
    book, _ = await book_of(trunk(ONE, 1, "203.0.113.0/24"))
    assert not book.is_known(HostPort("198.51.100.1", 5060))
    assert not book.is_known(HostPort("not an address", 5060))


async def test_the_most_exact_source_wins() -> None:
    book, _ = await book_of(
        trunk(ONE, 1, "203.0.113.0/24"), trunk(ONE, 2, "203.0.113.9/32"), trunk(TWO, 3, "203.0.113.0/24#5080")
    )
    assert ids(book.find(HostPort("203.0.113.1", 5060))) == [1]
    assert ids(book.find(HostPort("203.0.113.9", 5060))) == [2]
    assert ids(book.find(HostPort("203.0.113.9", 5080))) == [3]


async def test_where_we_dial_may_answer_without_being_listed() -> None:
    book, _ = await book_of(trunk(ONE, 1, host="203.0.113.9"))
    assert book.is_known(HostPort("203.0.113.9", 5060))
    assert not book.is_known(HostPort("203.0.113.9", 5061))


async def test_where_we_dial_by_name_is_learned_and_kept() -> None:
    book, _ = await book_of(trunk(ONE, 1, host="sip.example.com"), trunk(TWO, 2, host="203.0.113.1"))
    source = HostPort("203.0.113.9", 5060)
    assert book.names == {("sip.example.com", 5060)}
    assert not book.is_known(source)

    book.learn("sip.example.com", [source])
    await book.refresh()

    assert ids(book.find(source)) == [1]


async def test_the_number_decides_where_tenants_share_a_carrier() -> None:
    source = HostPort("203.0.113.9", 5060)
    book, _ = await book_of(trunk(ONE, 1, "203.0.113.0/24"), trunk(TWO, 2, "203.0.113.0/24"))
    chosen = await book.choose(source, NUMBER_OF_TWO)
    assert chosen is not None
    assert chosen.tenant == TWO
    assert await book.choose(source, UNOWNED) is None


async def test_one_tenants_carrier_needs_no_owner() -> None:
    book, _ = await book_of(trunk(ONE, 1, "203.0.113.0/24"))
    chosen = await book.choose(HostPort("203.0.113.9", 5060), UNOWNED)
    assert chosen is not None
    assert chosen.tenant == ONE
    assert await book.choose(HostPort("198.51.100.1", 5060), UNOWNED) is None


async def test_a_refresh_of_one_tenant_leaves_the_other_alone() -> None:
    book, directory = await book_of(trunk(ONE, 1, "203.0.113.1/32"), trunk(TWO, 2, "203.0.113.2/32"))
    directory.all = [trunk(ONE, 3, "203.0.113.3/32")]
    assert book.is_known(HostPort("203.0.113.1", 5060))

    await book.refresh(ONE)

    assert not book.is_known(HostPort("203.0.113.1", 5060))
    assert book.is_known(HostPort("203.0.113.2", 5060))
    assert book.is_known(HostPort("203.0.113.3", 5060))
    assert book.get(TrunkId(UUID(int=1))) is None
    assert book.tenants == {ONE, TWO}
    assert ways_out(book, ONE) == [3]
    assert ways_out(book, TWO) == [2]


async def test_an_unreadable_source_does_not_hide_the_others() -> None:
    book, _ = await book_of(trunk(ONE, 1, "nonsense", "203.0.113.1/32"))
    assert book.is_known(HostPort("203.0.113.1", 5060))


async def test_strangers_cannot_fill_the_memory() -> None:
    book, _ = await book_of(trunk(ONE, 1, "203.0.113.1/32"))
    for port in range(1, REMEMBERED_SOURCES + 100):
        book.find(HostPort("198.51.100.1", port))
    assert len(vars(book)["_found"]) <= REMEMBERED_SOURCES
    assert book.is_known(HostPort("203.0.113.1", 5060))
