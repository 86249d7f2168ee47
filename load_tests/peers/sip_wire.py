"""A caller, a called party and a telephone as bytes: they cost next to nothing, so that only our side is measured."""

from gateway.sip.auth_value import AuthValue
from gateway.sip.digest_hash import digest_response, hash_password
from kernel.contracts.directory import PhoneConfig

_TOKENS = frozenset({"algorithm", "qop", "nc"})

SDP = (
    b"v=0\r\no=- 1763856000 1 IN IP4 198.51.100.10\r\ns=-\r\nc=IN IP4 198.51.100.10\r\nt=0 0\r\n"
    b"m=audio 40000 RTP/AVP 8 0 9 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:9 G722/8000\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
)
_CARRIER = b"P-Asserted-Identity: <sip:+442071838750@carrier.example>\r\nPrivacy: none\r\n"
_ABLE = (
    b"Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, UPDATE, PRACK, INFO, NOTIFY\r\nSupported: timer, 100rel, replaces\r\n"
)


def header(message: bytes, name: bytes) -> bytes:
    """The whole first line of a header that we wrote, with its line break."""
    start = message.index(b"\r\n" + name + b": ") + 2
    return message[start : message.index(b"\r\n", start) + 2]


def _value(line: bytes) -> bytes:
    return line.partition(b": ")[2].strip()


class WireCaller:
    """One call of a carrier to us, number `number`; it remembers what it needs of our 200."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._from = b'From: "Ann Example" <sip:+442071838750@carrier.example>;tag=a%d\r\n' % number
        self._to = b"To: <sip:+442071838759@192.0.2.1>\r\n"
        self._call_id = b"Call-ID: %032x@carrier.example\r\n" % number

    def invite(self) -> bytes:
        return self._request(b"INVITE", 1, _CARRIER + _ABLE + b"User-Agent: Carrier SBC 9.4\r\n", SDP)

    def acknowledge(self, success: bytes) -> bytes:
        self._to = header(success, b"To")
        return self._request(b"ACK", 1)

    def hang_up(self) -> bytes:
        return self._request(b"BYE", 2, b'Reason: Q.850;cause=16;text="Normal call clearing"\r\n')

    def _request(self, method: bytes, cseq: int, more: bytes = b"", body: bytes = b"") -> bytes:
        return (
            method
            + b" sip:+442071838759@192.0.2.1:5060 SIP/2.0\r\n"
            + b"Via: SIP/2.0/UDP 198.51.100.10:5060;branch=z9hG4bK%s%d;rport\r\n" % (method, self._number)
            + b"Max-Forwards: 68\r\nRecord-Route: <sip:198.51.100.10;lr>\r\n"
            + self._from
            + self._to
            + self._call_id
            + b"CSeq: %d %s\r\nContact: <sip:198.51.100.10:5060>\r\n" % (cseq, method)
            + more
            + (b"Content-Type: application/sdp\r\n" if body else b"")
            + b"Content-Length: %d\r\n\r\n" % len(body)
            + body
        )


def respond(request: bytes, line: bytes, tag: bytes = b"", body: bytes = b"") -> bytes:
    """Answer a request of ours as a called party does."""
    to = header(request, b"To")
    if tag:
        to = to[:-2] + b";tag=" + tag + b"\r\n"
    return (
        b"SIP/2.0 "
        + line
        + b"\r\n"
        + header(request, b"Via")
        + header(request, b"From")
        + to
        + header(request, b"Call-ID")
        + header(request, b"CSeq")
        + (b"Contact: <sip:b@198.51.100.20:5060>\r\n" + _ABLE + b"Server: Carrier SBC 9.4\r\n" if tag else b"")
        + (b"Content-Type: application/sdp\r\n" if body else b"")
        + b"Content-Length: %d\r\n\r\n" % len(body)
        + body
    )


class WirePhone:
    """A telephone that refreshes its registration with the nonce that it was given."""

    def __init__(self, config: PhoneConfig, number: int) -> None:
        self._config = config
        self._number = number
        self._cseq = 0
        self._challenge: dict[str, str] = {}
        self._count = 0
        self.port = 10_000 + number % 50_000

    def challenged(self, answer: bytes) -> None:
        self._challenge = AuthValue.parse(_value(header(answer, b"WWW-Authenticate")).decode()).params
        self._count = 0

    def register(self) -> bytes:
        self._cseq += 1
        name, domain = self._config.name, self._config.domain
        lines = [
            f"REGISTER sip:{domain} SIP/2.0",
            f"Via: SIP/2.0/UDP 198.51.100.7:{self.port};branch=z9hG4bK{self._number}x{self._cseq};rport",
            f"From: <sip:{name}@{domain}>;tag=p{self._number}",
            f"To: <sip:{name}@{domain}>",
            f"Call-ID: {self._number:08x}-phone",
            f"CSeq: {self._cseq} REGISTER",
            f"Contact: <sip:{name}@198.51.100.7:{self.port};transport=udp>",
            "Max-Forwards: 70",
            "User-Agent: Yealink SIP-T46U 108.86.0.20",
            "Expires: 60",
            "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, INFO, UPDATE, PRACK",
            *([f"Authorization: {self._credentials()}"] if self._challenge else []),
            "Content-Length: 0",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _credentials(self) -> str:
        self._count += 1
        config, challenge = self._config, self._challenge
        fields = {
            "username": config.name,
            "realm": challenge["realm"],
            "nonce": challenge["nonce"],
            "uri": f"sip:{config.domain}",
            "qop": "auth",
            "nc": f"{self._count:08x}",
            "cnonce": "0a4f113b",
        }
        ha1 = hash_password(config.algorithm, config.name, challenge["realm"], config.secret.reveal())
        fields["response"] = digest_response(config.algorithm, ha1, "REGISTER", fields)
        fields |= {"algorithm": config.algorithm, "opaque": challenge["opaque"]}
        return str(AuthValue("Digest", fields, _TOKENS))
