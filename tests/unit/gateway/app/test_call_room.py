"""What all calls of a gateway share: whose an event is, what is written once, and what is let go in the end."""

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from gateway.app.call_room import NOT_OURS, CallRoom
from gateway.app.counters import GatewayCounters
from gateway.app.lanes import Lanes
from gateway.app.saved import CallChange, FarState, SavedCall
from gateway.app.sessions import SipLink
from gateway.app.workshop import Workshop
from gateway.calls.legs import Leg, LegState
from gateway.calls.model import Call, Party
from gateway.sdp.negotiation import LocalMedia
from gateway.sdp.offer_answer import OfferAnswerState
from gateway.sip.dialog_state import DialogState
from gateway.sip.events import DialogTerminated, InfoReceived, InviteReceived
from gateway.sip.flow import Flow, HostPort
from gateway.sip.info_digits import DTMF_RELAY, write_digit
from gateway.traces.book import ENDED_KEPT, TraceBook
from gateway.trunks.attempt import Attempt
from gateway.trunks.book import TrunkBook
from kernel.contracts.calls import Direction
from kernel.contracts.engine import Answer, Command, Done, EngineLost, EngineRefused, LegEnded, PressDigits, Statistics
from kernel.contracts.log import LegMeasured
from kernel.contracts.telephony import CallReleased, PlaceCall, TakeOver, TrunkParty
from kernel.primitives.ids import CallId, EventId, TenantId, TrunkId
from kernel.primitives.phone import PhoneNumber
from tests.fakes import FakeClock, SequentialIds, eventually
from tests.unit.gateway.trunks.carriers import ONE, book_of, make_trunk, request_to

CALLED, CALLER = PhoneNumber("+442071838750"), PhoneNumber("+491711234567")
TRUNK = TrunkId(UUID(int=3))
GIVER, KEEPER = CallId(UUID(int=1)), CallId(UUID(int=2))  # two lanes are taken in the order of the names
STRANGER = Flow("UDP", HostPort("192.0.2.1", 5060), HostPort("203.0.113.66", 5060))
FIGURES = Statistics(packets_received=100, packets_sent=99)


class Core:
    """The driver and its endpoint: what they were told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, tuple[Any, ...]]] = []

    def do(self, verb: Callable[["Core", float], Any]) -> Any:
        return verb(self, 0.0)

    def peer(self, _flow: Flow) -> None:
        return None

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        return lambda *args, **_named: self.told.append((verb, args))


class Engine:
    """Carries out what it is told."""

    def __init__(self) -> None:
        self.told: list[Command] = []

    async def request(self, command: Command) -> Answer:
        self.told.append(command)
        return Done()

    async def request_all(self, commands: Sequence[Command]) -> Sequence[Answer | EngineRefused | EngineLost]:
        return [await self.request(command) for command in commands]

    def subscribe(self, on_event: object, on_welcome: object) -> None:
        raise NotImplementedError


class Store:
    """What was written."""

    def __init__(self) -> None:
        self.written: list[CallChange] = []

    async def write(self, change: CallChange) -> None:
        self.written.append(change)

    def events(self) -> list[LegMeasured]:
        return [event for change in self.written for event in change.events if isinstance(event, LegMeasured)]


class Centre:
    """A room with calls that another process began, by a trunk whose source is nowhere."""

    def __init__(self, book: TrunkBook) -> None:
        self.clock, self.ids, self.core, self.book = FakeClock(), SequentialIds(), Core(), book
        self.engine, self.store, self.lanes = Engine(), Store(), Lanes()
        self.traces = TraceBook(lambda: self.clock.now().timestamp())
        self.sip = SipLink(lambda: cast(Any, self.core), self.traces, book, lambda _event: None)
        ports = SimpleNamespace(engine=self.engine, clock=self.clock, ids=self.ids)
        shop = Workshop(
            ports=cast(Any, ports),
            store=cast(Any, self.store),
            trunks=book,
            ways=cast(Any, SimpleNamespace(to_number=_nowhere)),
            sip=self.sip,
            web_legs=cast(Any, None),
            counters=GatewayCounters(),
            transmit=lambda _home, _agent, _leg, _on: None,
            retry=lambda _call, _save: None,
            dial_plan=cast(Any, None),
        )
        self.room = CallRoom(shop, self.lanes, lambda _agent: None)

    def bridged(self, name: CallId) -> None:
        """A caller and somebody outside talk; `SESSION-far` and `SESSION-party` are their sessions."""
        party = Party(name="out", to=TrunkParty(called=CALLED, trunk=TRUNK), leg=answered(f"{name}.party1"))
        call = Call(
            id=name,
            tenant=ONE,
            trunk=TRUNK,
            direction=Direction.INBOUND,
            called=CALLED,
            caller=CALLER,
            far=answered(f"{name}.far"),
            parties={"party1": party},
            parties_named=1,
        )
        parties = {"party1": established(f"{name}-party")}
        self.room.adopt(SavedCall(call=call, far=established(f"{name}-far"), parties=parties))

    async def settled(self, *calls: CallId) -> None:
        await eventually(lambda: not any(map(self.lanes.has_work, (GIVER, KEEPER, *calls))))

    def stamp(self) -> dict[str, Any]:
        return {"id": EventId(self.ids.new()), "tenant": ONE, "at": self.clock.now()}


MEDIA = LocalMedia(host="127.0.0.1", port=4000)


def answered(name: str) -> Leg:
    return Leg(name=name, state=LegState.ANSWERED)


def established(session: str) -> FarState:
    place = Flow("UDP", HostPort("192.0.2.1", 5060), HostPort("198.51.100.7", 5060))
    dialog = DialogState(
        session=session,
        role="uas",
        call_id=f"{session}@carrier.example",
        local_tag="a",
        remote_tag="b",
        local="<sip:us@us.example>",
        remote="<sip:them@carrier.example>",
        local_cseq=1,
        remote_cseq=1,
        invite_cseq=0,
        remote_target="sip:them@198.51.100.7",
        route_set=(),
        contact="<sip:us@192.0.2.1>",
        destination=place,
    )
    return FarState(
        session=session, dialog=dialog, negotiation=OfferAnswerState(session_id=1), media=MEDIA, accepted=True
    )


def _nowhere(_tenant: TenantId, _to: TrunkParty) -> Sequence[Attempt]:
    return ()


@pytest.fixture
async def centre() -> Centre:
    return Centre(await book_of(make_trunk(ONE, TRUNK.int)))


def by_info(session: str, digit: str) -> InfoReceived:
    return InfoReceived(session, DTMF_RELAY, write_digit(digit))


async def test_what_waits_for_a_leg_that_goes_to_another_call_goes_with_it(centre: Centre) -> None:
    centre.bridged(GIVER)
    centre.bridged(KEEPER)
    busy, free = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        busy.set()
        await free.wait()

    centre.lanes.post(KEEPER, slow)
    await busy.wait()
    to = TrunkParty(called=CALLED)
    order = TakeOver(**centre.stamp(), call=KEEPER, party="transfer1", to=to, other=GIVER, taken="out")
    taking = asyncio.create_task(centre.room.take_over(order))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # it has the giver's lane, and waits for the keeper's
    centre.room.sip_event(by_info(f"{GIVER}-party", "4"))
    free.set()
    await taking
    await centre.settled()
    pressed = [command for command in centre.engine.told if isinstance(command, PressDigits)]
    assert pressed == [PressDigits(leg=f"{GIVER}.party1", digits="4")]


async def test_the_figures_of_each_leg_are_written_once(centre: Centre) -> None:
    """Of legs that end together, then of one that ends by itself, then of one whose call is over."""
    centre.bridged(KEEPER)
    with capture_logs() as logged:
        centre.room.leg_ended(LegEnded(leg=f"{KEEPER}.party1", statistics=FIGURES))
        centre.room.leg_ended(LegEnded(leg=f"{KEEPER}.far", statistics=FIGURES))
        await centre.settled()
    assert not [line for line in logged if line["event"] == "gateway.work_failed"]
    assert [event.party for event in centre.store.events()] == ["party", "caller"]
    for number in (3, 4):
        centre.room.leg_ended(LegEnded(leg=f"{KEEPER}.party{number}", statistics=FIGURES))
        await centre.settled()
        assert len(centre.store.events()) == number
    for side in ("far", "party"):
        centre.room.sip_event(DialogTerminated(f"{KEEPER}-{side}", "bye_sent"))
    await centre.settled()
    assert centre.room.workers == []
    centre.room.leg_ended(LegEnded(leg=f"{KEEPER}.party5", statistics=FIGURES))
    await centre.settled()
    assert len(centre.store.events()) == 5
    assert {event.call for event in centre.store.events()} == {KEEPER}


async def test_who_is_refused_leaves_nothing_behind(centre: Centre) -> None:
    request = request_to(CALLED, call="stranger")
    centre.traces.received(request, bytes(request), STRANGER)
    centre.traces.session("s1", "stranger")
    centre.room.invited(InviteReceived("s1", request, STRANGER))
    call = centre.sip.sessions.call_of("s1")
    assert call is not None
    await centre.settled(call)
    (rejected,) = [args for verb, args in centre.core.told if verb == "reject"]
    assert rejected[:2] == ("s1", NOT_OURS.sip_code)
    assert centre.sip.sessions.call_of("s1") is None
    assert centre.room.workers == []
    assert centre.traces.size == 1, "its repetitions are of the same session"
    centre.clock.advance(ENDED_KEPT)
    centre.traces.session("s2", "another")
    assert centre.traces.size == 1, "what was said with who was refused is forgotten"


async def test_a_call_that_is_over_is_known_until_it_is_forgotten(centre: Centre) -> None:
    centre.bridged(KEEPER)
    for side in ("far", "party"):
        centre.room.sip_event(DialogTerminated(f"{KEEPER}-{side}", "bye_sent"))
    await centre.settled()
    assert [type(report) for change in centre.store.written for report in change.reports].count(CallReleased) == 1
    assert centre.room.workers == []
    assert [centre.sip.sessions.call_of(f"{KEEPER}-{side}") for side in ("far", "party")] == [None, None]
    assert centre.room.ended_with(f"{KEEPER}.far") == (ONE, KEEPER)
    order = PlaceCall(**centre.stamp(), call=KEEPER, agent=None, trunk=TRUNK, called=CALLED, caller=None, record=False)
    written = len(centre.store.written)
    await centre.room.place(order)
    assert len(centre.store.written) == written, "a command that comes again begins nothing"
    centre.room.forget_ended(frozenset({GIVER}))
    assert centre.room.ended_with(f"{KEEPER}.far") == (ONE, KEEPER)
    centre.room.forget_ended(frozenset({KEEPER}))
    assert centre.room.ended_with(f"{KEEPER}.far") is None


async def test_a_leg_that_moved_is_forgotten_with_the_call_that_has_it(centre: Centre) -> None:
    centre.bridged(GIVER)
    centre.bridged(KEEPER)
    to = TrunkParty(called=CALLED)
    await centre.room.take_over(
        TakeOver(**centre.stamp(), call=KEEPER, party="transfer1", to=to, other=GIVER, taken="out")
    )
    for session in (f"{KEEPER}-far", f"{KEEPER}-party", f"{GIVER}-party", f"{GIVER}-far"):
        centre.room.sip_event(DialogTerminated(session, "bye_sent"))
    await centre.settled()
    assert centre.room.workers == []
    centre.room.forget_ended(frozenset({CallId(UUID(int=9))}))
    assert centre.room.ended_with(f"{GIVER}.party1") == (ONE, KEEPER)
    centre.room.forget_ended(frozenset({KEEPER}))
    assert centre.room.ended_with(f"{GIVER}.party1") == (ONE, GIVER), "its name says where it began"


async def test_calls_of_another_process_take_their_lines_until_they_end(centre: Centre) -> None:
    """The caller one of the trunk's, the party one of the trunk's and of the tenant's."""
    centre.bridged(KEEPER)
    assert [centre.book.lines.in_use(of) for of in (TRUNK, ONE)] == [2, 1]
    for side in ("far", "party"):
        centre.room.sip_event(DialogTerminated(f"{KEEPER}-{side}", "bye_sent"))
    await centre.settled()
    assert [centre.book.lines.in_use(of) for of in (TRUNK, ONE)] == [0, 0]
