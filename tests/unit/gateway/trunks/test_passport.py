"""Signed callers: our own authority, a carrier's certificate, and everything that may be wrong with either."""

from datetime import timedelta

import pytest
from carriers import LONDON, NOW, ONE, OWN, make_trunk, request_to
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from joserfc.jwk import ECKey
from signing_keys import KEY, LEAF, MIDDLE, OPEN, PEM, PKCS8, ROOT, URL, private

from gateway.app.caller_proof import KEPT_SECONDS, LARGEST, CallerProof
from gateway.trunks.arriving import Arrived
from gateway.trunks.passport import FRESH_SECONDS, Signer, Trust, Unproved, read_identity, read_key, verify
from kernel.primitives.phone import PhoneNumber
from tests.fakes import FakeClock

CALLER = PhoneNumber("+493012345678")
TN_AUTH_LIST = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.26")


def certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey, *, ca: bool = False
) -> bytes:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = (
        x509.CertificateBuilder(named(issuer), named(name), key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False)
    )
    if ca:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(x509.BasicConstraints(True, None), True).add_extension(usage, True)
    else:
        spc = x509.UnrecognizedExtension(TN_AUTH_LIST, b"\x30\x08\xa0\x06\x16\x041234")
        builder = builder.add_extension(spc, False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(PEM)


AUTHORITY = certificate("root", ROOT, "root", ROOT, ca=True)
CHAIN = certificate("SHAKEN 1234", LEAF, "middle", MIDDLE) + certificate("middle", MIDDLE, "root", ROOT, ca=True)


def identity(attestation: str = "A", key: ECKey = KEY, age: float = 0.0, called: PhoneNumber = LONDON) -> str:
    return Signer(key, URL).identity(attestation, CALLER, called, NOW - timedelta(seconds=age), "origin")


def verified(text: str, caller: PhoneNumber | None = CALLER) -> str:
    found = read_identity([text])
    assert found is not None
    return verify(found, Trust(AUTHORITY).key(CHAIN, NOW), caller, LONDON, NOW)


@pytest.mark.parametrize("attestation", ["A", "B", "C"])
def test_what_a_carrier_attests_is_told(attestation: str) -> None:
    assert verified(identity(attestation)) == attestation


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (identity(age=FRESH_SECONDS + 1), "not fresh"),
        (identity(age=-FRESH_SECONDS - 1), "not fresh"),
        (identity(called=OWN), "another call"),
        (identity("D"), "attestation"),
        (identity(key=read_key(private().private_bytes(PEM, PKCS8, OPEN).decode())), "signature"),
        (identity().replace(URL, "https://elsewhere.example/x"), "kind of token"),
        (identity().replace(".", ".x", 1), "signature"),
    ],
)
def test_what_proves_nothing_is_said_so(text: str, reason: str) -> None:
    with pytest.raises(Unproved, match=reason):
        verified(text)


@pytest.mark.parametrize("caller", [None, OWN])
def test_a_signature_for_another_caller_proves_nothing(caller: PhoneNumber | None) -> None:
    with pytest.raises(Unproved, match="another call"):
        verified(identity(), caller)


@pytest.mark.parametrize("text", ["", "a.b.c", "a.b.c;info=https://x", "a.b;info=<https://x>;ppt=shaken", ";;;=;"])
def test_malformed_identities_are_no_errors_of_ours(text: str) -> None:
    with pytest.raises(Unproved):
        read_identity([text])


def test_other_kinds_of_signatures_are_passed_by() -> None:
    assert read_identity([]) is None
    assert read_identity(["a.b.c;info=<https://x>;ppt=div"]) is None
    found = read_identity(["a.b.c;info=<https://x>;ppt=div", identity()])
    assert found is not None
    assert found.url == URL


@pytest.mark.parametrize("chain", [CHAIN[: CHAIN.index(b"END")], CHAIN.split(b"-----BEGIN", 2)[0] + b"x", b""])
def test_certificates_that_lead_to_no_authority_are_not_trusted(chain: bytes) -> None:
    with pytest.raises(Unproved, match="untrusted"):
        Trust(AUTHORITY).key(chain, NOW)


def test_another_authority_and_another_time_are_not_trusted() -> None:
    other = private()
    with pytest.raises(Unproved, match="untrusted"):
        Trust(certificate("root", other, "root", other, ca=True)).key(CHAIN, NOW)
    with pytest.raises(Unproved, match="untrusted"):
        Trust(AUTHORITY).key(CHAIN, NOW + timedelta(days=2))


class Web:
    def __init__(self, body: bytes = CHAIN) -> None:
        self.asked: list[str] = []
        self.body = body

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if not self.body:
            raise OSError("nobody there")
        return self.body


class Site:
    def __init__(self, folder: "pytest.TempPathFactory", web: Web, host: str = "certificates.carrier.example") -> None:
        file = folder.mktemp("ca") / "ca.pem"
        file.write_bytes(AUTHORITY)
        self.clock = FakeClock(NOW)
        self.proof = CallerProof(file, frozenset({host}), web, self.clock)

    async def check(self, *values: str, call: str = "c") -> str | None:
        request = request_to(LONDON, CALLER.e164, *(("Identity", value) for value in values), call=call)
        return await self.proof.check(request, Arrived(make_trunk(ONE, 1), LONDON, CALLER))


async def test_a_certificate_is_fetched_once_and_again_after_its_time(tmp_path_factory: pytest.TempPathFactory) -> None:
    web = Web()
    site = Site(tmp_path_factory, web)
    assert [await site.check(identity()) for _ in range(3)] == ["A", "A", "A"]
    assert web.asked == [URL]
    site.clock.advance(KEPT_SECONDS + 1)
    assert await site.check(identity()) == "failed"  # not fresh any more
    assert web.asked == [URL, URL]


async def test_a_signature_that_comes_with_another_call_proves_nothing(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    site, text = Site(tmp_path_factory, Web()), identity()
    assert [await site.check(text, call=call) for call in ("one", "one", "two")] == ["A", "A", "failed"]


async def test_without_a_signature_nothing_is_said(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert await Site(tmp_path_factory, Web()).check() is None


@pytest.mark.parametrize("host", ["other.example", "carrier.example", "certificates.carrier.example.evil.example"])
async def test_nothing_is_fetched_from_hosts_that_are_not_listed(
    tmp_path_factory: pytest.TempPathFactory, host: str
) -> None:
    web = Web()
    assert await Site(tmp_path_factory, web, host).check(identity()) == "failed"
    assert web.asked == []


@pytest.mark.parametrize(
    "url", ["http://certificates.carrier.example/a", "https://certificates.carrier.example:8443/a", "https://[", "x"]
)
async def test_nothing_is_fetched_by_other_ways(tmp_path_factory: pytest.TempPathFactory, url: str) -> None:
    web = Web()
    text = identity().replace(URL, url)
    assert await Site(tmp_path_factory, web).check(text) == "failed"
    assert web.asked == []


@pytest.mark.parametrize("body", [b"", b"no certificate", CHAIN + b"x" * LARGEST])
async def test_what_cannot_be_fetched_proves_nothing(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    assert await Site(tmp_path_factory, Web(body)).check(identity()) == "failed"


def test_keys_of_other_kinds_are_refused() -> None:
    other = ec.generate_private_key(ec.SECP384R1()).private_bytes(PEM, PKCS8, OPEN).decode()
    public = LEAF.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    for text in (other, public, "no key"):
        with pytest.raises(ValueError, match="no private key"):
            read_key(text)
