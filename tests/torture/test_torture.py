"""Torture messages of our own for every point of RFC 4475 and RFC 5118 (IPv6): what passes, is refused, is dropped.

A file is a message with LF for CRLF and `\\xNN` for bytes that are no text; its first two lines say why and what is
expected.
"""

import re
from pathlib import Path

import pytest

from gateway.sdp.description import SessionDescription
from gateway.sip.calls import EndpointSettings, ListenAddress
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.flow import Flow, HostPort
from gateway.sip.message import Message, Request
from gateway.sip.parser import parse_message
from gateway.sip.validation import validate_request, validate_response
from tests.unit.gateway.sip.pair import SeededTokens

FOLDER = Path(__file__).parent
OURS = HostPort("198.51.100.1", 5060)
FLOW = Flow("UDP", OURS, HostPort("198.51.100.7", 5062))
OUR_V6 = HostPort("2001:db8::10", 5060)
V6_FLOW = Flow("UDP", OUR_V6, HostPort("2001:db8::9:1", 5062))


def load(path: Path) -> tuple[bytes, str]:
    why, expectation, text = path.read_bytes().split(b"\n", 2)
    assert why.startswith((b"# RFC 4475 ", b"# RFC 5118 "))
    message = re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), text.replace(b"\n", b"\r\n"))
    return message, expectation.decode().removeprefix("# expect: ")


def files(folder: str) -> list[Path]:
    found = sorted((FOLDER / folder).glob("*.sip"))
    assert found
    return found


def new_endpoint() -> SipEndpoint:
    settings = EndpointSettings(addresses=(ListenAddress("UDP", OURS), ListenAddress("UDP", OUR_V6, ipv6=True)))
    return SipEndpoint(settings, SeededTokens(1), lambda _flow: True)


def outcome(data: bytes) -> str:
    """Give the message to an endpoint: the status it answers, or why it does not."""
    endpoint = new_endpoint()
    endpoint.receive(data, V6_FLOW if b"2001:db8" in data else FLOW, 0.0)
    sent = [transmit.data for transmit in endpoint.outgoing()]
    if sent:
        (answer,) = sent
        return answer.split(b" ")[1].decode()
    if endpoint.counters.malformed:
        return "dropped"
    return "stray" if endpoint.counters.stray_responses else "nothing"


@pytest.mark.parametrize("path", files("valid"), ids=lambda path: path.stem)
def test_valid_messages_are_accepted_and_kept_byte_by_byte(path: Path) -> None:
    data, expectation = load(path)
    assert expectation == "accepted"
    message: Message = parse_message(data)
    if isinstance(message, Request):
        validate_request(message)
        assert outcome(data) not in {"400", "dropped"}
    else:
        validate_response(message)
    again = parse_message(bytes(message))
    assert bytes(again) == bytes(message)
    assert [value for _, value in again.headers] == [value for _, value in message.headers]
    assert data.replace(b"\r\n", b"").find(message.body.replace(b"\r\n", b"")) >= 0


@pytest.mark.parametrize("path", [*files("invalid"), *files("odd")], ids=lambda path: path.stem)
def test_other_messages_have_the_expected_outcome(path: Path) -> None:
    data, expectation = load(path)
    assert outcome(data) == expectation


def test_every_point_of_both_rfcs_is_there() -> None:
    points = {path.read_text(encoding="latin-1").split(":", 1)[0] for path in FOLDER.glob("*/*.sip")}
    parts = {"1.1": 13, "1.2": 19, "2": 1, "3": 15, "4": 1}
    wanted = {f"# RFC 4475 3.{part}.{number}" for part, count in parts.items() for number in range(1, count + 1)}
    assert len(wanted) == 49
    assert points == wanted | {f"# RFC 5118 4.{number}" for number in range(1, 11)}


@pytest.mark.parametrize("name", ["ipv6_in_description", "ipv6_and_ipv4_media", "ipv6_mapped"])
def test_descriptions_with_ipv6_are_read(name: str) -> None:
    data, _ = load(FOLDER / "valid" / f"{name}.sip")
    description = SessionDescription.parse(parse_message(data).body)
    assert len(description.media) == (2 if "media" in name else 1)


@pytest.mark.parametrize("path", [*files("valid"), *files("invalid"), *files("odd")], ids=lambda path: path.stem)
def test_no_cut_of_a_message_does_harm(path: Path) -> None:
    data, _ = load(path)
    endpoint = new_endpoint()
    for end in range(0, len(data), 7):
        endpoint.receive(data[:end], FLOW, 0.0)
        endpoint.receive(data[end:], FLOW, 0.0)
    for transmit in endpoint.outgoing():
        parse_message(transmit.data)
