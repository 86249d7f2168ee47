"""Trunks dialled by name: their addresses are looked up, and become known sources."""

from collections.abc import Sequence

from gateway.io.driver import Resolver
from gateway.sip.flow import DnsQuery, Target
from gateway.trunks.book import TrunkBook


class TrunkNames:
    """A resolver that lets the book learn."""

    def __init__(self, book: TrunkBook, resolver: Resolver) -> None:
        self._book = book
        self._resolver = resolver

    async def resolve(self, query: DnsQuery) -> Sequence[Target]:
        """See gateway.io.driver.Resolver."""
        targets = await self._resolver.resolve(query)
        self._book.learn(query.host, [target.remote for target in targets])
        return targets

    async def refresh(self) -> None:
        """Look all names up, so that a restarted process knows the far sides of its calls."""
        for host, port in self._book.names:
            await self.resolve(DnsQuery(host, None, port or None))
