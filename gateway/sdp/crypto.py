"""SRTP keys in a description: a=crypto (RFC 4568, suites of RFC 7714 too). Who sees the signalling sees the keys."""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

SrtpPolicy = Literal["never", "optional", "required"]
Suite = Literal["AEAD_AES_128_GCM", "AEAD_AES_256_GCM", "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"]

# Bytes of key and salt, in the order in which we offer: GCM costs less per packet.
SUITES: Mapping[Suite, tuple[int, int]] = {
    "AEAD_AES_128_GCM": (16, 12),
    "AEAD_AES_256_GCM": (32, 12),
    "AES_CM_128_HMAC_SHA1_80": (16, 14),
    "AES_CM_128_HMAC_SHA1_32": (16, 14),
}
SECURE_PROTOCOLS = ("RTP/SAVP", "RTP/SAVPF")


class CryptoAttribute(msgspec.Struct, frozen=True):
    """One a=crypto line with one key and no MKI; `material` is master key and salt, never shown."""

    tag: int
    suite: Suite
    material: bytes

    @classmethod
    def parse(cls, text: str) -> "CryptoAttribute | None":
        """Read the attribute's value; None for what we cannot use, which only loses that line (RFC 4568 5.1.2).

        A key lifetime is ignored: no call lasts 2^31 packets. Session parameters that change the packets are not ours.
        """
        words = text.split()
        if len(words) < 3:
            return None
        tag, suite, parameters, *session = words
        known = _suite(suite)
        method, colon, rest = parameters.partition(":")
        info, *extras = rest.split("|")
        if not (tag.isascii() and tag.isdigit() and len(tag) <= 9 and known and colon and method == "inline"):
            return None
        if any(":" in extra for extra in extras) or ";" in rest or not all(map(_is_harmless, session)):
            return None  # a master key identifier would be in every packet
        try:
            material = base64.b64decode(info + "=" * (-len(info) % 4), validate=True)
        except (binascii.Error, ValueError):
            return None
        return cls(int(tag), known, material) if len(material) == sum(SUITES[known]) else None

    def __str__(self) -> str:
        return f"{self.tag} {self.suite} inline:{base64.b64encode(self.material).decode()}"

    def __repr__(self) -> str:
        return f"CryptoAttribute({self.tag}, {self.suite!r}, secret)"


class AgreedKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What both sides encrypt with: key and salt each."""

    tag: int
    suite: Suite
    local: bytes
    remote: bytes

    def __repr__(self) -> str:
        return f"AgreedKeys({self.suite!r}, secret)"

    @property
    def own(self) -> CryptoAttribute:
        return CryptoAttribute(self.tag, self.suite, self.local)


def _no_randomness(_: int) -> bytes:
    raise RuntimeError("keys need a source of randomness")


@dataclass(frozen=True)
class Protection:
    """What one leg does about SRTP, and where its keys come from.

    `never`: plain only. `optional`: an offer with keys is answered with keys; we offer plain. `required`: nothing
    without keys. A stream that was secured once stays so, whatever the policy.
    """

    policy: SrtpPolicy = "never"
    random: Callable[[int], bytes] = _no_randomness

    def fresh(self, suite: Suite, tag: int) -> CryptoAttribute:
        return CryptoAttribute(tag, suite, self.random(sum(SUITES[suite])))

    def offered(self) -> list[CryptoAttribute]:
        return [self.fresh(suite, tag) for tag, suite in enumerate(SUITES, 1)]


PLAIN = Protection()


def first_usable(texts: Iterable[str]) -> CryptoAttribute | None:
    """The most wanted line that we can use (RFC 4568 5.1.2)."""
    return next((crypto for text in texts if (crypto := CryptoAttribute.parse(text)) is not None), None)


def agree(offered: Iterable[str], answered: Iterable[str]) -> AgreedKeys | None:
    """The keys that our offer and its answer come to; None where the answer took none of ours (5.1.3)."""
    theirs = first_usable(answered)
    ours = {crypto.tag: crypto for text in offered if (crypto := CryptoAttribute.parse(text)) is not None}
    own = ours.get(theirs.tag) if theirs is not None else None
    if theirs is None or own is None or own.suite != theirs.suite:
        return None
    return AgreedKeys(tag=own.tag, suite=own.suite, local=own.material, remote=theirs.material)


def _suite(name: str) -> Suite | None:
    for suite in SUITES:
        if suite == name:
            return suite
    return None


def _is_harmless(parameter: str) -> bool:
    """Session parameters that change nothing for us: a window hint, and what may be ignored (6.3, 9.2)."""
    return parameter.startswith(("WSH=", "-"))
