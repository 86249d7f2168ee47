"""Trunks whose peers prove who they are, and trunks whose peers register: two tenants."""

import pytest
from carriers import FLOW, LONDON, ONE, OWN, TWO, Place, account, book_of, make_trunk, request_to

from gateway.sip.flow import Flow, HostPort
from gateway.trunks.arriving import Arrived, Stray
from kernel.primitives.ids import TrunkId

HERE = HostPort("198.51.100.7", 5060)


def udp_from(source: HostPort) -> Flow:
    return Flow("UDP", HostPort("192.0.2.1", 5060), source)


async def test_a_source_is_challenged_where_all_its_trunks_have_accounts() -> None:
    source = f"{HERE.host}/32"
    alone = await book_of(make_trunk(ONE, 1, sources=(source,), inbound=account()))
    assert alone.realm_of(udp_from(HERE)) == "one.example"
    shared = await book_of(
        make_trunk(ONE, 1, sources=(source,), inbound=account()), make_trunk(TWO, 2, sources=(source,))
    )
    assert shared.realm_of(udp_from(HERE)) is None
    arrived = await shared.receive(HERE, request_to(LONDON))
    assert isinstance(arrived, Arrived)
    assert arrived.trunk.tenant == TWO


async def test_a_source_alone_proves_nothing_where_there_is_an_account() -> None:
    book = await book_of(make_trunk(ONE, 1, sources=(f"{HERE.host}/32",), inbound=account()))
    assert await book.receive(HERE, request_to(LONDON)) is Stray.NO_NUMBER
    arrived = await book.receive(HERE, request_to(LONDON), book.all[0].trunk)
    assert isinstance(arrived, Arrived)
    assert arrived.called == LONDON
    assert await book.receive(HERE, request_to(LONDON), TrunkId(TWO)) is Stray.NOT_OURS


@pytest.mark.parametrize(
    ("contact", "target"),
    [
        ("sip:hq@198.51.100.9:5070;transport=tcp", f"sip:{LONDON.e164}@198.51.100.9:5070;transport=tcp"),
        ("sip:198.51.100.9", f"sip:{LONDON.e164}@198.51.100.9"),
    ],
)
async def test_a_peer_that_registers_is_called_where_it_registered(contact: str, target: str) -> None:
    trunk = make_trunk(ONE, 1, host="", inbound=account(registers=True))
    book = await book_of(trunk, make_trunk(TWO, 2, inbound=account("two.example", registers=True)))
    assert book.attempts(ONE, LONDON, OWN) == []
    book.places = lambda key: [Place(contact, FLOW, ("<sip:proxy;lr>",))] if key == trunk.trunk else []
    (attempt,) = book.attempts(ONE, LONDON, OWN)
    assert (attempt.target, attempt.destination, attempt.route) == (target, FLOW, ("<sip:proxy;lr>",))
    assert str(attempt.to) == f"<sip:{LONDON.e164}@one.example>"
    assert book.attempts(TWO, LONDON, OWN) == []


async def test_a_peer_is_known_by_where_it_registered_until_it_is_gone() -> None:
    trunk = make_trunk(ONE, 1, host="", inbound=account(registers=True))
    book = await book_of(trunk)
    assert not book.is_known(FLOW.remote)
    book.learn_peer(trunk.trunk, [FLOW.remote])
    assert book.realm_of(FLOW) == "one.example"
    assert not book.is_known(HostPort(FLOW.remote.host, 5060))
    book.learn_peer(trunk.trunk, [])
    assert not book.is_known(FLOW.remote)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Diversion", "<sip:+442079460018@carrier.example>;reason=user-busy, <sip:+44@a>"),
        ("History-Info", "<sip:+442079460018@a>;index=1, <sip:+442071838750@a;cause=302>;index=1.1"),
    ],
)
async def test_a_call_that_comes_tells_who_forwarded_it(header: str, value: str) -> None:
    book = await book_of(make_trunk(ONE, 1, sources=(f"{HERE.host}/32",)))
    arrived = await book.receive(HERE, request_to(LONDON, "+493012345678", (header, value)))
    assert isinstance(arrived, Arrived)
    assert arrived.diverted_by == OWN
    straight = await book.receive(HERE, request_to(LONDON))
    assert isinstance(straight, Arrived)
    assert straight.diverted_by is None
