"""The handshake with a browser, aiortc standing in for it on the far side; datagrams go through memory."""

import asyncio
from typing import cast

import pytest
from aiortc import RTCIceTransport
from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_AES128_CM_SHA1_80,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    SRTPProtectionProfile,
)

from gateway.softphone import dtls
from gateway.softphone.dtls import Certificates, Dtls, HandshakeFailed, sha256_of
from kernel.contracts.engine import SrtpKeys


class Wire:
    """What the browser's side takes for an ICE transport; `loss` drops that many of its datagrams."""

    role = "controlling"

    def __init__(self) -> None:
        self.to_browser: asyncio.Queue[bytes] = asyncio.Queue()
        self.ours: Dtls | None = None
        self.loss = 0

    async def _recv(self) -> bytes:
        return await self.to_browser.get()

    async def _send(self, datagram: bytes) -> None:
        if self.loss:
            self.loss -= 1
            return
        assert self.ours is not None
        self.ours.received(datagram)


class Browser(RTCDtlsTransport):
    material: tuple[bytes, ...] = ()

    def _setup_srtp(self) -> None:
        profile = next(
            profile
            for profile in self._srtp_profiles
            if profile.openssl_profile == self._ssl.get_selected_srtp_profile()  # pyright: ignore
        )
        view = self._ssl.export_keying_material(  # pyright: ignore
            b"EXTRACTOR-dtls_srtp", 2 * (profile.key_length + profile.salt_length)
        )
        self.material = tuple(profile.get_key_and_salt(view, side) for side in (0, 1))


class Pair:
    def __init__(self, profiles: list[SRTPProtectionProfile] | None = None) -> None:
        self.wire = Wire()
        self.closed = asyncio.Event()
        self.ours_certificate = Certificates().current()
        self.theirs_certificate = RTCCertificate.generateCertificate()
        self.ours = Dtls(self.ours_certificate, self._send, self.closed.set)
        self.wire.ours = self.ours
        self.browser = Browser(cast(RTCIceTransport, self.wire), [self.theirs_certificate])
        self.browser._set_role("client")  # pyright: ignore[reportPrivateUsage]
        if profiles is not None:
            self.browser._srtp_profiles = profiles  # pyright: ignore[reportPrivateUsage]

    async def _send(self, datagram: bytes) -> None:
        self.wire.to_browser.put_nowait(datagram)

    async def shake_hands(self, fingerprint: str = "") -> SrtpKeys:
        ours = RTCDtlsFingerprint(algorithm="sha-256", value=sha256_of(self.ours_certificate))
        browser = asyncio.ensure_future(self.browser.start(RTCDtlsParameters(fingerprints=[ours], role="server")))
        try:
            return await self.ours.handshake([("sha-256", fingerprint or sha256_of(self.theirs_certificate))])
        finally:
            await asyncio.wait([browser], timeout=1)
            browser.cancel()

    async def close(self) -> None:
        await self.browser.stop()
        await self.ours.close()


@pytest.mark.parametrize(
    ("profiles", "expected", "key_length"),
    [
        (None, "AEAD_AES_128_GCM", 16),
        ([SRTP_AES128_CM_SHA1_80, SRTP_AEAD_AES_128_GCM], "AEAD_AES_128_GCM", 16),
        ([SRTP_AES128_CM_SHA1_80], "AES_CM_128_HMAC_SHA1_80", 16),
    ],
)
async def test_both_sides_hold_the_same_keys_the_other_way_round(
    profiles: list[SRTPProtectionProfile] | None, expected: str, key_length: int
) -> None:
    pair = Pair(profiles)
    keys = await pair.shake_hands()
    client, server = pair.browser.material
    assert keys.profile == expected
    assert keys.remote_key + keys.remote_salt == client
    assert keys.local_key + keys.local_salt == server
    assert len(keys.local_key) == key_length
    await pair.close()


async def test_a_certificate_that_the_offer_did_not_name_is_refused() -> None:
    pair = Pair()
    with pytest.raises(HandshakeFailed):
        await pair.shake_hands(sha256_of(RTCCertificate.generateCertificate()))
    await pair.close()


async def test_a_lost_flight_is_repeated() -> None:
    pair = Pair()
    pair.wire.loss = 1
    assert (await pair.shake_hands()).profile == "AEAD_AES_128_GCM"
    await pair.close()


async def test_silence_ends_the_handshake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dtls, "HANDSHAKE_SECONDS", 0.05)
    pair = Pair()
    with pytest.raises(HandshakeFailed, match="no DTLS handshake"):
        await pair.ours.handshake([("sha-256", sha256_of(pair.theirs_certificate))])


async def test_the_browsers_farewell_is_told() -> None:
    pair = Pair()
    await pair.shake_hands()
    await pair.browser.stop()
    async with asyncio.timeout(2):
        await pair.closed.wait()
    await pair.ours.close()


async def test_our_own_end_is_not_told() -> None:
    pair = Pair()
    await pair.shake_hands()
    await pair.ours.close()
    await asyncio.sleep(0)
    assert not pair.closed.is_set()
    await pair.browser.stop()


def test_one_certificate_serves_all_until_it_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    certificates = Certificates()
    first = certificates.current()
    assert certificates.current() is first
    monkeypatch.setattr(dtls, "RENEW_BEFORE", dtls.timedelta(days=31))
    assert certificates.current() is not first
