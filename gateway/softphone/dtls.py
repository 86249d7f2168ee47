"""DTLS-SRTP with a browser (RFC 5763, 5764): aiortc shakes hands, the engine carries datagrams and gets the keys."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, cast

from aiortc import RTCIceTransport
from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_AES128_CM_SHA1_80,
    SRTP_PROFILES,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    SRTPProtectionProfile,
)

from kernel.contracts.engine import SrtpKeys, SrtpProfile

HANDSHAKE_SECONDS = 15.0  # ICE and two DTLS round trips, with losses, on a bad mobile network
DATAGRAMS_WAITING = 64  # a handshake is some ten datagrams; more are a flood and are dropped
RENEW_BEFORE = timedelta(days=2)  # of the certificate's thirty days
EXPORTER_LABEL = b"EXTRACTOR-dtls_srtp"  # RFC 5764 4.2

# By preference: GCM needs no HMAC and is the cheaper one per packet. OpenSSL as server takes the first that both know.
PREFERRED: tuple[tuple[SrtpProfile, SRTPProtectionProfile], ...] = (
    ("AEAD_AES_128_GCM", SRTP_AEAD_AES_128_GCM),
    ("AES_CM_128_HMAC_SHA1_80", SRTP_AES128_CM_SHA1_80),
)
PROFILES: tuple[tuple[SrtpProfile, SRTPProtectionProfile], ...] = tuple(
    pair for pair in PREFERRED if pair[1] in SRTP_PROFILES
)

Send = Callable[[bytes], Awaitable[None]]


class HandshakeFailed(Exception):
    """The browser's DTLS could not be trusted or did not come."""


class Certificates:
    """One certificate for all browsers, renewed before it runs out."""

    def __init__(self) -> None:
        self._current = RTCCertificate.generateCertificate()

    def current(self) -> RTCCertificate:
        if self._current.expires - datetime.now(UTC) < RENEW_BEFORE:
            self._current = RTCCertificate.generateCertificate()
        return self._current


def sha256_of(certificate: RTCCertificate) -> str:
    """The fingerprint for `a=fingerprint:sha-256 …` (RFC 8122)."""
    return next(one.value for one in certificate.getFingerprints() if one.algorithm == "sha-256")


class _Datagrams:
    """What aiortc takes for an ICE transport: datagrams to and from the engine."""

    role: Literal["controlled"] = "controlled"

    def __init__(self, send: Send) -> None:
        self._send_datagram = send
        self._received: asyncio.Queue[bytes] = asyncio.Queue(DATAGRAMS_WAITING)

    def received(self, datagram: bytes) -> None:
        if datagram and not self._received.full():
            self._received.put_nowait(datagram)

    async def _recv(self) -> bytes:
        return await self._received.get()

    async def _send(self, datagram: bytes) -> None:
        await self._send_datagram(datagram)


class _Transport(RTCDtlsTransport):
    """RTCDtlsTransport that gives the keys away instead of making SRTP sessions of them."""

    keys: SrtpKeys | None = None

    def _setup_srtp(self) -> None:
        ssl = self._ssl
        assert ssl is not None
        negotiated = ssl.get_selected_srtp_profile()
        for name, profile in PROFILES:
            if profile.openssl_profile == negotiated:
                size = 2 * (profile.key_length + profile.salt_length)
                self.keys = _split(name, profile, ssl.export_keying_material(EXPORTER_LABEL, size))


def _split(name: SrtpProfile, profile: SRTPProtectionProfile, material: bytes) -> SrtpKeys:
    """We are the DTLS server: the client's key comes first and is the browser's (RFC 5764 4.2)."""
    key, salt = profile.key_length, profile.salt_length
    return SrtpKeys(
        profile=name,
        remote_key=material[:key],
        local_key=material[key : 2 * key],
        remote_salt=material[2 * key : 2 * key + salt],
        local_salt=material[2 * key + salt :],
    )


class Dtls:
    """The DTLS of one leg, we being the server; it lives on after the handshake to answer repeated last flights."""

    def __init__(self, certificate: RTCCertificate, send: Send, on_closed: Callable[[], None]) -> None:
        self._datagrams = _Datagrams(send)
        self._transport = _Transport(cast(RTCIceTransport, self._datagrams), [certificate])
        self._transport._srtp_profiles = [profile for _, profile in PROFILES]  # pyright: ignore[reportPrivateUsage]
        self._transport._set_role("server")  # pyright: ignore[reportPrivateUsage]
        self._on_closed = on_closed

    def received(self, datagram: bytes) -> None:
        self._datagrams.received(datagram)

    async def handshake(self, fingerprints: Sequence[tuple[str, str]]) -> SrtpKeys:
        """The SRTP keys; HandshakeFailed unless the peer's certificate has all the known of these (hash, value)."""
        expected = [RTCDtlsFingerprint(algorithm=name, value=value) for name, value in fingerprints]
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                await self._transport.start(RTCDtlsParameters(fingerprints=expected, role="client"))
        except TimeoutError:
            raise HandshakeFailed(f"no DTLS handshake within {HANDSHAKE_SECONDS:.0f} s") from None
        if self._transport.state != "connected" or self._transport.keys is None:
            raise HandshakeFailed(f"the DTLS handshake ended {self._transport.state}")
        self._transport.on("statechange", self._changed)
        return self._transport.keys

    async def close(self) -> None:
        """Tell the browser that it is over."""
        self._transport.remove_all_listeners("statechange")
        await self._transport.stop()

    def _changed(self) -> None:
        if self._transport.state in {"closed", "failed"}:
            self._on_closed()
