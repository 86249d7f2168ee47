"""All connections, whoever opened them: taken, opened, used again, watched (RFC 3261 18, RFC 5626, RFC 5923)."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol

from gateway.guard.bans import FAILED_HANDSHAKE
from gateway.io.certificates import ServerCertificates
from gateway.io.client_identities import IdentityUnusableError
from gateway.io.connection import Connection, Layers, Loss
from gateway.io.counters import IoCounters
from gateway.io.door import Door
from gateway.io.liveness import Verdict, judge
from gateway.sip.flow import Flow, HostPort, Target, Transport
from gateway.sip.tls_identity import PeerCertificate
from kernel.contracts.carriers import TrunkReason

MAX_WAITING_BYTES = 256 << 10  # per connection that is still being opened
CONNECT_SECONDS = 3.5  # with all handshakes: below the patience for one place, so that the next is tried in time
MAX_REASONS = 4_096  # remembered, as many as dead targets; a flood of places that lead nowhere only empties the memory
BACKLOG = 1_024  # phones that come back together

_Place = tuple[Transport, HostPort, str, str]


class PoolUser(Protocol):
    """Who reads the connections."""

    def received(self, data: bytes, flow: Flow, /) -> None:
        """Take bytes of a stream, or one message of a WebSocket."""
        ...

    def closed(self, flow: Flow | Target, /, identity: str = "") -> None:
        """Take the news that a connection is gone or was not opened; `identity`: as whom the peer of a Flow knew us."""
        ...

    def progress(self, flow: Flow, /) -> tuple[int, bool]:
        """How many messages came, and whether the rest of one is missing."""
        ...


class ConnectionPool:
    """TCP, TLS, WS and WSS. `client_tls` is for what we open, by the identity's name, or IdentityUnusableError."""

    def __init__(
        self, counters: IoCounters, door: Door, user: PoolUser, client_tls: Callable[[str], ssl.SSLContext]
    ) -> None:
        self.counters = counters
        self._door = door
        self._user = user
        self._client_tls = client_tls
        self._connections: dict[Flow, Connection] = {}
        self._by_place: dict[_Place, Connection] = {}  # what we opened, and aliases
        self._reasons: dict[Target, TrunkReason] = {}  # of places whose last connection failed, or was lost
        self._waiting: dict[Target, list[bytes]] = {}
        self._opening: dict[Connection, asyncio.Future[bool]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []

    async def listen(
        self,
        place: tuple[Transport, str, int],
        certificates: ServerCertificates | None = None,
        origins: tuple[str, ...] = (),
    ) -> HostPort:
        """Take connections at an address, of pages of these origins where there are any; returns what was bound."""
        transport, host, port = place
        context = certificates.context if certificates is not None else None
        server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self, Layers(transport, context, None, origins), None), host, port, backlog=BACKLOG
        )
        self._servers.append(server)
        name = server.sockets[0].getsockname()
        return HostPort(name[0], name[1])

    def send(self, data: bytes, destination: Flow | Target) -> None:
        """Send on a connection; a Target uses the open one to its address or opens one."""
        if isinstance(destination, Flow):
            connection = self._connections.get(destination)
            if connection is None or not connection.send(data):
                self.counters.send_errors += 1
                self._later(destination, connection.identity if connection is not None else "")
            return
        connection = self._by_place.get(_place(destination))
        if connection is None or not connection.send(data):
            self._open(destination, data)

    def _later(self, gone: Flow, identity: str) -> None:
        """Tell of a lost connection, but not from inside the sending of a message."""
        asyncio.get_running_loop().call_soon(self._user.closed, gone, identity)

    def close_flow(self, flow: Flow) -> None:
        """Close a connection that cannot be followed any further."""
        connection = self._connections.get(flow)
        if connection is not None:
            self.counters.connections_dropped += 1
            connection.close()

    def shown_on(self, flow: Flow) -> str:
        """The name of the TlsIdentity that the peer of a connection knows us by; empty: the gateway's own."""
        connection = self._connections.get(flow)
        return connection.identity if connection is not None else ""

    def flow_to(self, target: Target) -> Flow | None:
        """The connection that is used for a place now."""
        connection = self._by_place.get(_place(target))
        return connection.flow if connection is not None else None

    def reason(self, target: Target) -> TrunkReason | None:
        """Why a place has no connection now; None where none was lost since the last one was opened."""
        return self._reasons.get(target)

    def keep(self, flow: Flow, pause: float | None) -> None:
        """Ping a connection in these pauses, and close it where no answer comes; None: as any other from now on."""
        connection = self._connections.get(flow)
        if connection is None:
            return
        if pause is None:
            connection.life.kept_pause = None
        else:
            connection.life.keep(pause, asyncio.get_running_loop().time())

    def peer(self, flow: Flow) -> PeerCertificate | None:
        """What the peer of a connection showed; None where it showed nothing, or is still being asked."""
        connection = self._connections.get(flow)
        return connection.peer if connection is not None else None

    def alias(self, flow: Flow, host: str, port: int) -> None:
        """Send requests for `port` of a peer's address on its connection, where its certificate bears `host`.

        Only the gateway's own authorities say so: others would for the calls of their own trunks alone.
        """
        connection, peer = self._connections.get(flow), self.peer(flow)
        if connection is None or peer is None or peer.vouched or host.lower() not in peer.names:
            self.counters.aliases_refused += 1
            return
        remote = HostPort(flow.remote.host, port)
        for name in {"", host.lower()}:
            place = (flow.transport, remote, name, "")
            if self._by_place.get(place) is not connection:
                self._by_place[place] = connection
                self.counters.aliases_taken += 1

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

    # --- watching ---

    def sweep(self, now: float) -> None:
        """Ping what is silent, and close what is dead, idle, mute, stalled or half open for too long."""
        for flow, connection in list(self._connections.items()):
            life = connection.life
            if life.ready:
                life.look(*self._user.progress(flow), now)
            verdict = judge(life, flow.transport, now)
            if verdict is Verdict.PING:
                self.counters.keep_alives_sent += 1
                connection.ping()
            elif verdict is not Verdict.NOTHING:
                self._give_up(connection, verdict)

    def _give_up(self, connection: Connection, verdict: Verdict) -> None:
        counters = self.counters
        match verdict:
            case Verdict.HALF_OPEN:
                connection.abort(Loss.HANDSHAKE)
                return
            case Verdict.MUTE:
                counters.connections_mute += 1
            case Verdict.STALLED:
                counters.connections_stalled += 1
            case Verdict.DEAD:
                counters.connections_dead += 1
            case _:
                counters.connections_idle += 1
        connection.abort()

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
            self.counters.send_errors += 1

    async def _connect(self, target: Target) -> None:
        connection = None
        self._reasons.pop(target, None)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                connection = await self._connected(target)
        except IdentityUnusableError:
            self._note(target, TrunkReason.OWN_CERTIFICATE_UNUSABLE)
        except (OSError, TimeoutError):
            self._note(target, self._reasons.get(target, TrunkReason.UNREACHABLE))
        waiting = self._waiting.pop(target)
        if connection is None:
            self.counters.connections_failed += 1
            self._user.closed(target)
            return
        for data in waiting:
            connection.send(data)

    async def _connected(self, target: Target) -> Connection | None:
        """Open a connection with all its layers; None or OSError where that fails."""
        loop = asyncio.get_running_loop()
        context = self._client_tls(target.identity) if target.transport in ("TLS", "WSS") else None
        connection = Connection(self, Layers(target.transport, context, target), target)
        done = self._opening[connection] = loop.create_future()
        try:
            await loop.create_connection(lambda: connection, target.remote.host, target.remote.port)
            return connection if await done else None
        finally:
            del self._opening[connection]
            if not done.done() or not done.result():
                if connection.flow is not None:
                    self._note(target, connection.reason or TrunkReason.HANDSHAKE_FAILED)
                connection.abort(Loss.HANDSHAKE)

    def _note(self, target: Target, reason: TrunkReason) -> None:
        if len(self._reasons) >= MAX_REASONS:
            self._reasons.clear()
        self._reasons[target] = reason

    # --- what connections tell ---

    def connected(self, connection: Connection, flow: Flow) -> bool:
        """Take a new connection, or refuse it: nothing is read from strangers, and no handshake made with them."""
        if connection.target is not None:
            self._door.entered(flow)
        elif not self._door.lets_connect(flow, with_handshake=connection.layers.has_handshake):
            return False
        self._connections[flow] = connection
        return True

    def opened(self, connection: Connection) -> None:
        """Note that a connection can be used."""
        flow = connection.flow
        if flow is None:
            return
        if connection.target is not None:
            self._by_place[_place(connection.target)] = connection
            self._settle(connection, opened=True)
        elif connection.layers.has_handshake:
            self._door.shook_hands(flow)

    def received(self, data: bytes, flow: Flow) -> None:
        """Pass on what came."""
        self._user.received(data, flow)

    def lost(self, connection: Connection, loss: Loss) -> None:
        """Forget a connection."""
        flow = connection.flow
        if flow is None or self._connections.pop(flow, None) is None:
            return
        for place in [place for place, held in self._by_place.items() if held is connection]:
            del self._by_place[place]
        self._door.left(flow)
        if loss is Loss.SLOW_READER:
            self.counters.connections_dropped += 1
        if not connection.life.ready:
            self._handshake_failed(connection, flow)
            return
        if connection.target is not None:
            self._note(connection.target, connection.reason or TrunkReason.CONNECTION_CLOSED)
            self._user.closed(connection.target)  # first: news of the flow may have another connection opened there
        self._user.closed(flow, connection.identity)

    def _handshake_failed(self, connection: Connection, flow: Flow) -> None:
        self.counters.handshakes_failed += 1
        self._settle(connection, opened=False)
        if connection.target is None:
            self._door.shook_hands(flow)
            self._door.strike(flow, FAILED_HANDSHAKE)

    def _settle(self, connection: Connection, *, opened: bool) -> None:
        done = self._opening.get(connection)
        if done is not None and not done.done():
            done.set_result(opened)


def _place(target: Target) -> _Place:
    return target.transport, target.remote, target.name.lower(), target.identity
