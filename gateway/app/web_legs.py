"""SIP legs whose far end is a browser: the gateway shakes hands by DTLS, the engine is told the keys."""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import Context

import msgspec
import structlog

from gateway.app.engine_link import note
from gateway.app.ports import MediaEngine
from gateway.sdp.errors import SdpError
from gateway.sdp.media_address import MediaAddress
from gateway.sdp.negotiation import LocalMedia
from gateway.sdp.web_transport import Fingerprint, PeerTransport, WebTransport
from gateway.softphone.dtls import Certificates, Dtls, HandshakeFailed, sha256_of
from kernel.contracts.engine import (
    Address,
    CreateWebrtcLeg,
    EngineLost,
    EngineRefused,
    RestartIce,
    SecureLeg,
    SendDtls,
    WebrtcLegCreated,
)

log = structlog.get_logger(__name__)


class WebLegs:
    """`addresses` are the engine's shared port; `on_failed(leg)` is told of a leg that will never have keys."""

    def __init__(
        self, engine: MediaEngine, addresses: Callable[[], Sequence[Address]], on_failed: Callable[[str], None]
    ) -> None:
        self._engine = engine
        self._addresses = addresses
        self._on_failed = on_failed
        self._certificates = Certificates()
        self._dtls: dict[str, Dtls] = {}
        self._handshakes: dict[str, asyncio.Task[None]] = {}

    async def open(self, leg: str, group: str) -> LocalMedia:
        """Make the leg; EngineRefused, EngineLost."""
        created = await self._engine.request(CreateWebrtcLeg(leg=leg, group=group))
        assert isinstance(created, WebrtcLegCreated)
        certificate = self._certificates.current()

        async def send(datagram: bytes) -> None:
            await self._send(leg, datagram)

        self._dtls[leg] = Dtls(certificate, send, lambda: None)  # a BYE, or ICE, tells that the browser is gone
        addresses = tuple(MediaAddress(address.host, address.port) for address in self._addresses())
        web = WebTransport(
            ufrag=created.ufrag,
            password=created.password,
            fingerprint=Fingerprint("sha-256", sha256_of(certificate)),
            addresses=addresses,
        )
        return LocalMedia(host=addresses[0].host, port=addresses[0].port, web=web)

    def shake_hands(self, leg: str, peer: PeerTransport) -> None:
        """Once per leg, in the process that made it: legs of a former one have their keys."""
        dtls = self._dtls.get(leg)
        if dtls is not None and leg not in self._handshakes:
            work = self._shake_hands(leg, dtls, peer)
            self._handshakes[leg] = asyncio.get_running_loop().create_task(work, context=Context())

    async def restart_ice(
        self, leg: str, media: LocalMedia, offered: PeerTransport, agreed: PeerTransport
    ) -> LocalMedia:
        """New credentials for a browser that changed its network; its keys go on. SdpError 488."""
        if media.web is None or offered.fingerprints != agreed.fingerprints:
            raise SdpError(488, "Another certificate needs another call")
        try:
            created = await self._engine.request(RestartIce(leg=leg))
        except (EngineRefused, EngineLost) as error:
            raise SdpError(488, "ICE cannot be restarted") from error
        assert isinstance(created, WebrtcLegCreated)
        web = msgspec.structs.replace(media.web, ufrag=created.ufrag, password=created.password)
        return msgspec.structs.replace(media, web=web)

    def received(self, leg: str, datagram: bytes) -> None:
        """A DTLS datagram of the browser."""
        dtls = self._dtls.get(leg)
        if dtls is not None:
            dtls.received(datagram)

    def has(self, leg: str) -> bool:
        """Whether its handshake is this process's."""
        return leg in self._dtls

    async def close(self, leg: str) -> None:
        """The leg is to be deleted; the browser is told."""
        handshake, dtls = self._handshakes.pop(leg, None), self._dtls.pop(leg, None)
        if handshake is not None:
            handshake.cancel()
        if dtls is not None:
            await dtls.close()

    def stop(self) -> None:
        """The process ends; legs that have their keys go on."""
        for handshake in self._handshakes.values():
            handshake.cancel()

    async def _shake_hands(self, leg: str, dtls: Dtls, peer: PeerTransport) -> None:
        try:
            keys = await dtls.handshake([(one.algorithm, one.value) for one in peer.fingerprints])
            await self._engine.request(SecureLeg(leg=leg, keys=keys))
        except (HandshakeFailed, EngineRefused, EngineLost) as error:
            log.warning("call.no_handshake", leg=leg, reason=str(error))
            self._on_failed(leg)

    async def _send(self, leg: str, datagram: bytes) -> None:
        command = SendDtls(leg=leg, datagram=datagram)
        try:
            await self._engine.request(command)
        except (EngineRefused, EngineLost) as error:
            note(command, error)
            raise ConnectionError(str(error)) from error  # what aiortc expects of a transport that is gone
