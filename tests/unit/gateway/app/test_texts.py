"""MESSAGE between telephones of a tenant: who may, where it goes, whose answer is told (RFC 3428, RFC 3261 16.7)."""

import msgspec
import pytest

from gateway.app.texts import MAX_TEXT
from gateway.sip.message import Request, Response
from kernel.contracts.directory import PhoneConfig
from kernel.primitives.ids import TrunkId
from tests.unit.gateway.registrar.rig import ALICE, BOB, OTHER_ALICE, PHONES, Site, authorize, flow, register

DESK, ELSEWHERE = flow(6001), flow(6002)


@pytest.fixture
def site() -> Site:
    """Where Bob is registered at two places."""
    site = Site()
    register(site, BOB, DESK)
    register(site, BOB, ELSEWHERE, cseq=10, call_id="again")
    return site


def text(
    site: Site, to: str = "bob@one.example", body: bytes = b"Call me back", sender: PhoneConfig = ALICE
) -> Request:
    address = f"{sender.name}@{sender.domain}"
    request = site.request("MESSAGE", f"sip:{to}", address, to, call_id="text")
    request.headers.set("Subject", "An errand")
    request.set_body(body, "text/plain;charset=utf-8")
    return request


def send(site: Site, request: Request, sender: PhoneConfig = ALICE) -> list[int]:
    """Prove who we are; the statuses of what comes back at once."""
    (challenge,) = site.send(request, flow())
    assert challenge.status == 407
    return [answer.status for answer in site.send(authorize(request, challenge, sender), flow())]


def answer(site: Site, number: int, status: int) -> list[int]:
    """Let the place that got the text as `number`th answer."""
    _, request = site.requests[number]
    return [told.status for told in site.send(Response.to_request(request, status, "its-tag"), DESK)]


def test_it_goes_to_every_place_of_the_telephone_as_it_was_written(site: Site) -> None:
    assert send(site, text(site, body="Grüß Gott".encode())) == []
    assert {place.remote.port for place, _ in site.requests} == {6001, 6002}
    for _, request in site.requests:
        assert (request.body.decode(), request.headers.get("content-type")) == ("Grüß Gott", "text/plain;charset=utf-8")
        assert (request.from_.uri_text, request.to.uri_text) == ("sip:alice@one.example", "sip:bob@one.example")
        assert (request.headers.get("subject"), request.max_forwards) == ("An errand", 69)
        assert "proxy-authorization" not in request.headers


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ((200, 486), [[200], []]),  # who took it has it, whatever others say
        ((404, 202), [[], [202]]),
        ((486, 603), [[], [603]]),
        ((503, 486), [[], [486]]),
        ((500, 404), [[], [404]]),
        ((407, 407), [[], [403]]),
        ((503, 503), [[], [480]]),
        ((100, 200), [[], [200]]),
    ],
)
def test_whose_answer_is_told(site: Site, answers: tuple[int, int], told: list[list[int]]) -> None:
    send(site, text(site))
    assert [answer(site, number, status) for number, status in enumerate(answers)] == told


def test_silence_is_told_as_nobody_there_before_the_sender_gives_up(site: Site) -> None:
    send(site, text(site))
    assert answer(site, 0, 503) == []
    site.now += 40
    assert [told.status for told in site.pass_time()] == [480]
    assert msgspec.structs.astuple(site.texts.counters) == (0, 1)


def test_what_comes_twice_is_passed_on_once(site: Site) -> None:
    request = text(site)
    (challenge,) = site.send(request, flow())
    proved = authorize(request, challenge, ALICE)
    site.send(proved, flow())
    site.send(proved, flow())
    assert len(site.requests) == 2
    answer(site, 0, 200)
    assert [told.status for told in site.send(proved, flow())] == [200]
    assert msgspec.structs.astuple(site.texts.counters) == (1, 0)


@pytest.mark.parametrize(
    ("to", "body", "status"),
    [
        ("nobody@one.example", b"x", 404),
        ("alice@one.example", b"x", 480),
        ("bob@one.example", b"x" * (MAX_TEXT + 1), 413),
        ("b%0D%0Aob@one.example", b"x", 400),
    ],
)
def test_what_is_refused(site: Site, to: str, body: bytes, status: int) -> None:
    assert send(site, text(site, to, body)) == [status]
    assert site.requests == []


def test_it_does_not_go_round_for_ever(site: Site) -> None:
    request = text(site)
    request.headers.set("Max-Forwards", "0")
    assert send(site, request) == [483]


def test_nobody_writes_to_another_tenant(site: Site) -> None:
    request = text(site, sender=OTHER_ALICE)
    (challenge,) = site.send(request, flow())
    assert [answer.status for answer in site.send(authorize(request, challenge, OTHER_ALICE), flow())] == [407]
    assert site.requests == []


def test_a_trunk_that_proves_itself_sends_none() -> None:
    carrier = msgspec.structs.replace(ALICE, agent=None, trunk=TrunkId(ALICE.phone))
    site = Site(carrier, *PHONES[1:])
    register(site, BOB, DESK)
    assert send(site, text(site, sender=carrier), carrier) == [403]
    assert site.requests == []
