"""Nonces that carry their own time and signature, so that only those in use are remembered (RFC 7616 3.3, 5.4)."""

import hmac
from collections import OrderedDict

NONCE_SECONDS = 3600.0  # as long as the longest registration: a refresh costs one round trip, not two
MAX_USED = 20_000  # nonces whose counts are remembered, twice the telephones of one gateway; some 300 bytes each
WINDOW = 32  # counts below the highest one that may still come late: requests pass each other on UDP
MAX_COUNT = 0xFFFFFFFF
SIGNATURE_DIGITS = 32  # 128 bits
_IN_WINDOW = (1 << WINDOW) - 1


class _Use:
    """The highest count of a nonce, and a bit for each one below it that was taken: bit 0 for the next lower."""

    __slots__ = ("highest", "issued", "taken")

    def __init__(self, issued: int) -> None:
        self.issued = issued
        self.highest = 0
        self.taken = 0

    def take(self, count: int) -> bool:
        ahead = count - self.highest
        if ahead > 0:
            shifted = self.taken << ahead | 1 << ahead - 1 if ahead <= WINDOW else 0
            self.taken = shifted & _IN_WINDOW
            self.highest = count
            return True
        behind = -ahead - 1
        if ahead == 0 or behind >= WINDOW or self.taken >> behind & 1:
            return False
        self.taken |= 1 << behind
        return True


class Nonces:
    """`realm` and `algorithm` are signed too: a nonce is good for what it was made for only."""

    def __init__(self, secret: bytes) -> None:
        """`secret` is random and of this process: what another one issued is stale."""
        self._secret = secret
        self._serial = 0
        self._used: OrderedDict[str, _Use] = OrderedDict()
        self._forgotten = -1  # nonces of up to this time may have been used, and are not remembered

    def issue(self, realm: str, algorithm: str, now: float) -> str:
        """Make one that nobody else has."""
        self._serial += 1
        head = f"{_milliseconds(now):x}.{self._serial:x}"
        return f"{head}.{self._sign(head, realm, algorithm)}"

    def take(self, nonce: str, realm: str, algorithm: str, count: int, now: float) -> bool:
        """Use `nonce` for the `count`th time; False where it is not ours, too old, or that count was taken."""
        head, _, signature = nonce.rpartition(".")
        if not hmac.compare_digest(_bytes(signature), _bytes(self._sign(head, realm, algorithm))):
            return False
        issued = int(head.partition(".")[0], 16)
        if not 0 < count <= MAX_COUNT or _milliseconds(now) - issued > NONCE_SECONDS * 1000:
            return False
        use = self._used.get(nonce)
        if use is None:
            if issued <= self._forgotten:
                return False
            use = self._used[nonce] = _Use(issued)
            self._forget_oldest()
        return use.take(count)

    def _forget_oldest(self) -> None:
        if len(self._used) > MAX_USED:
            _, oldest = self._used.popitem(last=False)
            self._forgotten = max(self._forgotten, oldest.issued)

    def _sign(self, head: str, realm: str, algorithm: str) -> str:
        data = _bytes(f"{head}\n{realm}\n{algorithm}")
        return hmac.digest(self._secret, data, "sha256").hex()[:SIGNATURE_DIGITS]


def _milliseconds(now: float) -> int:
    return int(now * 1000)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
