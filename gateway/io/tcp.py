"""TCP connections for SIP: taken, opened, used again, limited (RFC 3261 18)."""

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from gateway.io.counters import IoCounters
from gateway.sip.flow import Flow, HostPort, Target

MAX_CONNECTIONS = 2_000  # open at once; a trunk needs a few
MAX_CONNECTIONS_PER_HOST = 100
MAX_UNSENT_BYTES = 1 << 20  # per connection: a peer that does not read is dropped
MAX_WAITING_BYTES = 256 << 10  # per connection that is still being opened
CONNECT_SECONDS = 10.0  # below timer B, so that another place can be tried (RFC 3263 4.3)


class TcpUser(Protocol):
    """Who reads the connections."""

    def received(self, data: bytes, flow: Flow, /) -> None:
        """Take bytes of a stream."""
        ...

    def closed(self, flow: Flow | Target, /) -> None:
        """Take the news that a connection is gone or was not opened."""
        ...


class _Connection(asyncio.Protocol):
    def __init__(self, pool: "TcpPool", target: Target | None) -> None:
        self._pool = pool
        self._transport: asyncio.Transport | None = None
        self.target = target
        self.flow: Flow | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        local = transport.get_extra_info("sockname")
        remote = transport.get_extra_info("peername")
        if local is None or remote is None:  # gone before it was taken
            self._transport.abort()
            return
        flow = Flow("TCP", HostPort(local[0], local[1]), HostPort(remote[0], remote[1]))
        if not self._pool.admit(self, flow):
            self._transport.abort()
            return
        self.flow = flow

    def data_received(self, data: bytes) -> None:
        if self.flow is not None:
            self._pool.user.received(data, self.flow)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.flow is not None:
            self._pool.lost(self, self.flow)

    def send(self, data: bytes) -> bool:
        """Send; False where the peer lets too much wait, which ends the connection."""
        if self._transport is None or self._transport.is_closing():
            return False
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self._transport.abort()
            return False
        return True

    def close(self) -> None:
        """Close when what waits is sent."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()


class TcpPool:
    """All TCP connections, whoever opened them."""

    def __init__(self, counters: IoCounters, is_known: Callable[[Flow], bool], user: TcpUser) -> None:
        self._counters = counters
        self._is_known = is_known
        self._connections: dict[Flow, _Connection] = {}
        self._by_remote: dict[HostPort, _Connection] = {}
        self._per_host: dict[str, int] = {}
        self._waiting: dict[Target, list[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []
        self.user = user

    async def listen(self, host: str, port: int) -> HostPort:
        """Take connections at an address; returns the one that was bound."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Connection(self, None), host, port)
        self._servers.append(server)
        name = server.sockets[0].getsockname()
        return HostPort(name[0], name[1])

    def send(self, data: bytes, destination: Flow | Target) -> None:
        """Send on a connection; a Target uses the open one to its address or opens one."""
        if isinstance(destination, Flow):
            connection = self._connections.get(destination)
            if connection is None or not connection.send(data):
                self._counters.send_errors += 1
            return
        connection = self._by_remote.get(destination.remote)
        if connection is None or not connection.send(data):
            self._open(destination, data)

    def close_flow(self, flow: Flow) -> None:
        """Close a connection that cannot be followed any further."""
        connection = self._connections.get(flow)
        if connection is not None:
            self._counters.connections_dropped += 1
            connection.close()

    async def close(self) -> None:
        """Close everything."""
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in list(self._connections.values()):
            connection.abort()
        for server in self._servers:
            await server.wait_closed()

    # --- opening ---

    def _open(self, target: Target, data: bytes) -> None:
        waiting = self._waiting.get(target)
        if waiting is None:
            self._waiting[target] = [data]
            task = asyncio.get_running_loop().create_task(self._connect(target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif sum(map(len, waiting)) + len(data) <= MAX_WAITING_BYTES:
            waiting.append(data)
        else:
            self._counters.send_errors += 1

    async def _connect(self, target: Target) -> None:
        remote = target.remote
        loop = asyncio.get_running_loop()
        connection: _Connection | None = None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await loop.create_connection(
                    lambda: _Connection(self, target), remote.host, remote.port
                )
        except (OSError, TimeoutError):
            connection = None
        waiting = self._waiting.pop(target)
        if connection is None or connection.flow is None:
            self._counters.connections_failed += 1
            self.user.closed(target)
            return
        for data in waiting:
            connection.send(data)

    # --- what connections tell ---

    def admit(self, connection: _Connection, flow: Flow) -> bool:
        """Take a new connection, or refuse it: nothing is read from strangers."""
        taken = self._per_host.get(flow.remote.host, 0)
        ours = connection.target is not None
        if not ours and (
            not self._is_known(flow) or len(self._connections) >= MAX_CONNECTIONS or taken >= MAX_CONNECTIONS_PER_HOST
        ):
            self._counters.connections_refused += 1
            return False
        self._connections[flow] = connection
        self._by_remote[flow.remote] = connection
        self._per_host[flow.remote.host] = taken + 1
        self._counters.connections = len(self._connections)
        return True

    def lost(self, connection: _Connection, flow: Flow) -> None:
        """Forget a connection."""
        del self._connections[flow]
        if self._by_remote.get(flow.remote) is connection:
            del self._by_remote[flow.remote]
        left = self._per_host[flow.remote.host] - 1
        if left:
            self._per_host[flow.remote.host] = left
        else:
            del self._per_host[flow.remote.host]
        self._counters.connections = len(self._connections)
        self.user.closed(flow)
        if connection.target is not None:
            self.user.closed(connection.target)
