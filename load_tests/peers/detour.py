"""A piece of network between a browser and the engine's shared port: its address may change, its path may break."""

import asyncio
from typing import Any, Self


class _Upstream(asyncio.DatagramProtocol):
    def __init__(self, detour: "Detour") -> None:
        self._detour = detour

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._detour.back(data)


class Detour(asyncio.DatagramProtocol):
    """Passes datagrams between whoever sends to `port` and the engine, by one socket towards the engine."""

    def __init__(self) -> None:
        self._engine: tuple[str, int] | None = None
        self._browser: tuple[str | Any, int] | None = None
        self._upstream: asyncio.DatagramTransport | None = None
        self.is_cut = False

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self._transport = transport
        self.port: int = transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()
        if self._upstream is not None:
            self._upstream.close()

    async def lead_to(self, host: str, port: int) -> None:
        self._engine = (host, port)
        await self.move()

    async def move(self) -> None:
        """The engine sees another address from now on, as behind a router that was started anew."""
        former = self._upstream
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Upstream(self), local_addr=("127.0.0.1", 0))
        self._upstream = transport
        if former is not None:
            former.close()

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._browser = addr
        if self._upstream is not None and self._engine is not None and not self.is_cut:
            self._upstream.sendto(data, self._engine)

    def back(self, data: bytes) -> None:
        if self._browser is not None and not self.is_cut:
            self._transport.sendto(data, self._browser)
