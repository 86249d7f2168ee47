"""What we offer a registrar and read from its answer, and calls by the flow that it keeps to (RFC 5626)."""

from carriers import FLOW, LONDON, ONE, OWN, book_of, make_trunk

from gateway.sip.headers import Headers
from gateway.sip.message import Response
from gateway.sip.name_addr import NameAddr
from gateway.trunks.registering import FIRST_HOP_LACKS_OUTBOUND, Outcome, Registering, RegState
from gateway.trunks.requests import instance_of, read_outcome, register_lines
from kernel.contracts.trunks import Registration

CONTACT = "sip:t1@192.0.2.1:5060;transport=tcp"
TRUNK = make_trunk(ONE, 1, transport="tcp", registration=Registration())


def contact_of(instance: str) -> NameAddr:
    (contact,) = NameAddr.parse_list(dict(register_lines(TRUNK, CONTACT, 600, instance))["Contact"])
    return contact


def test_our_contact_names_the_instance_and_the_flow() -> None:
    instance = instance_of(TRUNK, "gateway")
    params = contact_of(instance).params
    assert (params.get("+sip.instance"), params.get("reg-id"), params.get("expires")) == (f'"<{instance}>"', "1", "600")
    assert dict(register_lines(TRUNK, CONTACT, 600, instance))["Supported"] == "outbound, path"


def test_without_an_instance_no_flow_is_offered() -> None:
    assert contact_of("").params.items == (("expires", "600"),)
    assert dict(register_lines(TRUNK, CONTACT, 600))["Supported"] == "path"


def test_an_instance_is_the_same_after_a_restart_and_of_one_trunk_and_gateway() -> None:
    others = instance_of(make_trunk(ONE, 2), "gateway"), instance_of(TRUNK, "other")
    assert instance_of(TRUNK, "gateway") == "urn:uuid:896ab1b9-fb93-5f3d-b0b0-5a943509e0cd"
    assert len({instance_of(TRUNK, "gateway"), *others}) == 3


def granted(*headers: tuple[str, str]) -> Outcome:
    return read_outcome(Response(200, "OK", Headers.of([("Contact", f"<{CONTACT}>;expires=600"), *headers])), CONTACT)


def test_only_a_registrar_that_requires_it_keeps_to_the_flow() -> None:
    kept = granted(("Require", "path, outbound"), ("Flow-Timer", "60"))
    assert (kept.outbound, kept.flow_timer, kept.expires) == (True, 60, 600)
    assert not granted(("Supported", "outbound")).outbound
    assert granted(("Require", "outbound"), ("Flow-Timer", "soon")).flow_timer is None


def test_a_proxy_that_cannot_keep_flows_is_asked_without_once() -> None:
    machine = Registering(3600)
    machine.start()
    assert machine.outbound
    assert machine.take(Outcome(FIRST_HOP_LACKS_OUTBOUND), 0.0, 0.0)
    assert not machine.outbound
    assert not machine.take(Outcome(FIRST_HOP_LACKS_OUTBOUND), 0.0, 0.0)
    assert machine.state is RegState.WAITING


async def test_calls_go_by_the_flow_while_it_lives() -> None:
    book = await book_of(TRUNK)
    dialled = book.attempts(ONE, LONDON, OWN)[0]
    book.flow_to = lambda _trunk: FLOW
    by_flow = book.attempts(ONE, LONDON, OWN)[0]
    assert (by_flow.destination, by_flow.ipv6) == (FLOW, False)
    assert (by_flow.target, by_flow.route) == (dialled.target, dialled.route)
    assert dialled.destination != FLOW
