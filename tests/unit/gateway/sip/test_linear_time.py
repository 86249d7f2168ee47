"""Work grows with the input and no faster, whatever a header holds.

Each adversarial text is read at two sizes; a quadratic reader would need 64 times as long for eight times the size. The
ceilings leave room for a slow and busy machine.
"""

import contextlib
import importlib
import pkgutil
import time
from collections.abc import Callable

import pytest

import gateway.sip
from gateway.sdp.description import SessionDescription
from gateway.sdp.errors import SdpError
from gateway.sip.auth_value import AuthValue
from gateway.sip.bodies import keep_description
from gateway.sip.cseq import CSeq
from gateway.sip.errors import SipError
from gateway.sip.framing import StreamFramer
from gateway.sip.headers import Headers
from gateway.sip.message import Request
from gateway.sip.name_addr import NameAddr
from gateway.sip.parser import parse_message
from gateway.sip.rack import RAck
from gateway.sip.session_expires import SessionExpires
from gateway.sip.uri import Uri
from gateway.sip.validation import validate_request
from gateway.sip.via import Via

LARGE = 64_000
CEILING_SECONDS = 1.0  # of CPU; linear readers need about 0.01 s, a quadratic one 10 s and more
PIECES = [
    " ",
    "\t",
    '"',
    '\\"',
    "\\",
    "<",
    ">",
    ";",
    ",",
    ":",
    "=",
    "a",
    "a ",
    "a=",
    ";a",
    ";a=b",
    " ; a = b",
    "a,",
    '"a" ',
    'a="x",',
    "%41",
    "%",
    "[:",
    "sip:a@b,",
    "<sip:a@b>,",
    "@",
    "sip:",
    ".",
    "-",
    "0",
    "\udcff",
    "?",
    "/",
]
PREFIXES = ["", '"', "<", "sip:", "<sip:a@b>", "Digest ", 'Digest a="', "SIP/2.0/UDP h", "SIP/2.0/UDP h;a=", "a <", "1"]
VIA = ("Via", "SIP/2.0/UDP a;branch=z9hG4bKb")
NEEDED = [("From", "<sip:a@b>;tag=a"), ("To", "<sip:a@b>"), ("Call-ID", "c"), ("CSeq", "1 OPTIONS")]
READERS: list[Callable[[str], object]] = [
    NameAddr.parse_list,
    NameAddr.parse,
    Uri.parse,
    Via.parse_list,
    CSeq.parse,
    AuthValue.parse,
    RAck.parse,
    SessionExpires.parse,
    lambda text: keep_description(
        Request("INVITE", "sip:a@b", Headers([("Content-Type", "multipart/x" + text)]), b"x")
    ),
    lambda text: Request("OPTIONS", "sip:a@b", Headers([("Require", text)])).tokens("require"),
    lambda text: validate_request(Request("OPTIONS", "sip:a@b", Headers([*NEEDED, ("Via", text)]))),
    lambda text: validate_request(Request("OPTIONS", "sip:a@b", Headers([*NEEDED, VIA, ("Date", text)]))),
    lambda text: validate_request(Request("OPTIONS", "sip:a@b", Headers([*NEEDED, VIA, ("Expires", text)]))),
    lambda text: validate_request(Request("OPTIONS", "sip:a@b", Headers([*NEEDED, VIA, ("Contact", text)]))),
    lambda text: validate_request(Request("OPTIONS", "sip:a@b", Headers([*NEEDED, VIA]), version=text)),
]


def parsers() -> list[Callable[[str], object]]:
    """Every value of the core that is read from a text, also those of headers that come later."""
    found: dict[str, Callable[[str], object]] = {}
    for module in pkgutil.walk_packages(gateway.sip.__path__, "gateway.sip."):
        for name, kind in vars(importlib.import_module(module.name)).items():
            for reader in ("parse", "parse_list"):
                if isinstance(kind, type) and kind.__module__ == module.name and hasattr(kind, reader):
                    found[f"{name}.{reader}"] = getattr(kind, reader)
    return [found[name] for name in sorted(found)]


def seconds(read: Callable[[str], object], text: str) -> float:
    start = time.process_time()
    with contextlib.suppress(SipError, SdpError):
        read(text)
    return time.process_time() - start


@pytest.mark.parametrize("read", [*READERS, *parsers()])
def test_headers(read: Callable[[str], object]) -> None:
    slow: list[str] = []
    for prefix in PREFIXES:
        for piece in PIECES:
            for end in ("", "!", "\n", '" <'):
                text = prefix + piece * (LARGE // len(piece)) + end
                if seconds(read, text) > CEILING_SECONDS:
                    slow.append(f"{prefix!r} {piece!r} {end!r}")
    assert slow == []


@pytest.mark.parametrize("piece", ["a:b\r\n", "\r\n ", "\r\n", "a:\r\n\t", ":", "\r", "\n", " ", "a: b\r\n c\r\n"])
@pytest.mark.parametrize("prefix", ["", "OPTIONS sip:a@b SIP/2.0\r\n", "SIP/2.0 200 "])
def test_whole_messages(prefix: str, piece: str) -> None:
    text = prefix + piece * (LARGE // len(piece)) + "\r\n\r\n"
    assert seconds(lambda text: parse_message(text.encode()), text) < CEILING_SECONDS


@pytest.mark.parametrize("piece", [b"--a\r\n", b"X: y\r\n", b"\r\n--", b" ", b"\r\n ", b":"])
def test_bodies_of_several_parts(piece: bytes) -> None:
    request = Request("INVITE", "sip:a@b", Headers([("Content-Type", "multipart/mixed;boundary=a")]))
    request.body = b"--a\r\n" + piece * (LARGE // len(piece))
    assert seconds(lambda _: keep_description(request), "") < CEILING_SECONDS


def test_a_stream_that_dribbles() -> None:
    framer = StreamFramer()
    head = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 50000\r\n" + b"X: y\r\n" * 100 + b"\r\n"
    start = time.process_time()
    for byte in head + b"z" * 49_000:
        assert list(framer.feed(bytes([byte]))) == []
    assert time.process_time() - start < 10 * CEILING_SECONDS  # 50,000 calls, each of bounded work


@pytest.mark.parametrize("piece", ["a=rtpmap:1 x/8000\r\n", "m=audio 1 RTP/AVP 0\r\n", "a=", "\n", " ", "c=IN IP4 1\n"])
def test_descriptions(piece: str) -> None:
    text = "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\n" + piece * (LARGE // len(piece))
    assert seconds(lambda text: SessionDescription.parse(text.encode()), text) < CEILING_SECONDS
