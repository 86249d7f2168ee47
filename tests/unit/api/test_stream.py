"""A desk's numbered events: whoever folds them sees what a fresh snapshot shows."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from api.realtime.projection import Centre
from api.realtime.state import DeskQueue
from api.realtime.stream import RING_EVENTS, DeskStream
from insight.kpi.live import LiveView
from kernel.contracts.calls import Actor, AgentState, Direction, EndCause, EndReason, EndResult, OfferOutcome
from kernel.contracts.directory import AgentProfile, QueueRules, TenantDirectory
from kernel.contracts.log import (
    AgentStateChanged,
    CallConnected,
    CallEnded,
    CallHeld,
    CallOffered,
    CallQueued,
    CallRetrieved,
    LogEvent,
    Logged,
    OfferEnded,
    OfferMade,
    RecordingFailed,
)
from kernel.primitives.ids import CallId, EventId, OfferId, QueueId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TENANT = TenantId(UUID(int=1))
QUEUES = [QueueId(UUID(int=10 + number)) for number in range(3)]
AGENTS = [UserId(UUID(int=20 + number)) for number in range(3)]
CALLS = [CallId(UUID(int=30 + number)) for number in range(4)]
OFFERS = [OfferId(UUID(int=40 + number)) for number in range(4)]
LEAD = UserId(UUID(int=99))


def directory(names: dict[UserId, tuple[QueueId, ...]], queues: list[QueueId]) -> TenantDirectory:
    return TenantDirectory(
        tenant=TENANT,
        name="Example",
        time_zone="UTC",
        currency="EUR",
        queues=tuple(QueueRules(queue=queue, name=f"Queue {queue.int}") for queue in queues),
        agents=tuple(
            AgentProfile(agent=agent, name=f"Agent {agent.int}", queues=chosen, has_seat=True)
            for agent, chosen in names.items()
        ),
        numbers=(),
        outbound_trunk=None,
        outbound_caller=None,
    )


EVERYBODY = {AGENTS[0]: (QUEUES[0],), AGENTS[1]: (QUEUES[0], QUEUES[1]), AGENTS[2]: ()}


def rows(centre: Centre) -> dict[QueueId, DeskQueue]:
    return {queue: centre.queue(queue) for queue in centre.queues}


class Page:
    """What a browser makes of the frames; JSON in between."""

    def __init__(self, name: str, user: UserId, wide: bool) -> None:
        self.stream = DeskStream(name, user, f"User {user.int}", wide)
        self.state: dict[str, Any] = {}
        self.sequence = 0

    def begin(self, centre: Centre) -> None:
        frame = msgspec.json.decode(self.stream.snapshot(centre, rows(centre), START))
        assert frame["sequence"] == self.sequence or not self.state
        self.sequence, self.state = frame["sequence"], frame["state"]

    def take(self, text: str | None) -> None:
        if text is None:
            return
        frame = msgspec.json.decode(text)
        assert frame["sequence"] == self.sequence + 1
        changes = frame["changes"]
        assert changes
        queues = {**self.state["queues"], **changes.pop("queues", {})}
        self.state = self.state | changes | {"queues": {key: row for key, row in queues.items() if row is not None}}
        self.sequence = frame["sequence"]

    def truth(self, centre: Centre) -> dict[str, Any]:
        fresh = DeskStream("fresh", self.stream.user, f"User {self.stream.user.int}", self.stream.wide)
        return msgspec.json.decode(fresh.snapshot(centre, rows(centre), START))["state"]


class Desks(RuleBasedStateMachine):
    """Any events in any order, agents' and a supervisor's desks beside each other."""

    @initialize()
    def open(self) -> None:
        self.view = LiveView(ZoneInfo("UTC"))
        self.centre = Centre(self.view.state, directory(EVERYBODY, QUEUES))
        self.pages = [Page(str(agent), agent, False) for agent in AGENTS] + [Page("lead", LEAD, True)]
        self.count = 0
        self.log: list[str] = []
        for page in self.pages:
            page.begin(self.centre)

    def head(self) -> dict[str, Any]:
        self.count += 1
        return {
            "id": EventId(UUID(int=1000 + self.count)),
            "tenant": TENANT,
            "at": START + timedelta(seconds=self.count),
        }

    def happens(self, event: LogEvent) -> None:
        logged = Logged(sequence=self.view.state.sequence + 1, event=event)
        changes = self.view.apply(logged)
        for page in self.pages:
            if page.stream.user in changes.agents | self.centre.involved(changes.calls):
                page.take(page.stream.own_changes(self.centre))

    @rule(call=st.sampled_from(CALLS), agent=st.none() | st.sampled_from(AGENTS))
    def offered(self, call: CallId, agent: UserId | None) -> None:
        direction = Direction.INBOUND if agent is None else Direction.OUTBOUND
        self.happens(
            CallOffered(
                **self.head(),
                call=call,
                direction=direction,
                trunk=TrunkId(UUID(int=5)),
                called=PhoneNumber("+442071838750"),
                caller=None,
                agent=agent,
            )
        )

    @rule(call=st.sampled_from(CALLS), queue=st.sampled_from(QUEUES))
    def queued(self, call: CallId, queue: QueueId) -> None:
        head = self.head()
        self.happens(CallQueued(**head, call=call, queue=queue, priority=0, since=head["at"]))

    @rule(place=st.integers(0, 3), queue=st.sampled_from(QUEUES))
    def made(self, place: int, queue: QueueId) -> None:
        head, agent = self.head(), AGENTS[place % 3]
        until = head["at"] + timedelta(seconds=20)
        self.happens(OfferMade(**head, offer=OFFERS[place], call=CALLS[place], queue=queue, agent=agent, until=until))

    @rule(place=st.integers(0, 3), outcome=st.sampled_from(OfferOutcome))
    def offer_ended(self, place: int, outcome: OfferOutcome) -> None:
        offer, call, agent = OFFERS[place], CALLS[place], AGENTS[place % 3]
        self.happens(OfferEnded(**self.head(), offer=offer, call=call, queue=QUEUES[0], agent=agent, outcome=outcome))

    @rule(call=st.sampled_from(CALLS), agent=st.sampled_from(AGENTS))
    def connected(self, call: CallId, agent: UserId) -> None:
        self.happens(CallConnected(**self.head(), call=call, agent=agent, queue=QUEUES[0]))

    @rule(call=st.sampled_from(CALLS), agent=st.sampled_from(AGENTS), held=st.booleans())
    def held(self, call: CallId, agent: UserId, held: bool) -> None:
        kind = CallHeld if held else CallRetrieved
        self.happens(kind(**self.head(), call=call, agent=agent))

    @rule(call=st.sampled_from(CALLS))
    def ended(self, call: CallId) -> None:
        cause = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)
        self.happens(CallEnded(**self.head(), call=call, cause=cause))

    @rule(agent=st.sampled_from(AGENTS), state=st.sampled_from(AgentState))
    def state(self, agent: UserId, state: AgentState) -> None:
        previous = AgentState.NOT_READY
        self.happens(
            AgentStateChanged(**self.head(), agent=agent, state=state, previous=previous, reason="", actor=Actor.AGENT)
        )

    @rule(call=st.sampled_from(CALLS))
    def not_recorded(self, call: CallId) -> None:
        self.happens(RecordingFailed(**self.head(), call=call, reason="disk_full", detail="no space"))

    @rule(queues=st.lists(st.sampled_from(QUEUES), unique=True))
    def configured(self, queues: list[QueueId]) -> None:
        chosen = {agent: tuple(queue for queue in mine if queue in queues) for agent, mine in EVERYBODY.items()}
        self.centre = Centre(self.view.state, directory(chosen, queues))

    @rule()
    def tick(self) -> None:
        shared = rows(self.centre)
        for page in self.pages:
            page.take(page.stream.common_changes(self.centre, shared))
            assert page.stream.common_changes(self.centre, shared) is None
            assert page.state == page.truth(self.centre)

    @rule(place=st.integers(0, 3), missed=st.integers(0, 4))
    def resume(self, place: int, missed: int) -> None:
        page = self.pages[place]
        last = max(0, page.sequence - missed)
        frames = page.stream.since(last)
        assert frames is not None
        assert [msgspec.json.decode(frame)["sequence"] for frame in frames] == list(range(last + 1, page.sequence + 1))

    @invariant()
    def own_things_are_told_at_once(self) -> None:
        for page in self.pages:
            truth = page.truth(self.centre)
            agents_queues_changed = page.state["me"]["queues"] != truth["me"]["queues"]
            assert agents_queues_changed or page.state["me"] == truth["me"]
            assert page.state["offer"] is None or truth["offer"] is not None or agents_queues_changed


TestDesks = Desks.TestCase
TestDesks.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


class TestRing:
    @pytest.fixture
    def page(self) -> Page:
        return Page("one", AGENTS[0], False)

    def events(self, page: Page, number: int) -> None:
        view = LiveView(ZoneInfo("UTC"))
        centre = Centre(view.state, directory(EVERYBODY, QUEUES))
        page.begin(centre)
        for place in range(number):
            state = AgentState.AVAILABLE if place % 2 else AgentState.NOT_READY
            event = AgentStateChanged(
                id=EventId(UUID(int=place)),
                tenant=TENANT,
                at=START + timedelta(seconds=place),
                agent=AGENTS[0],
                state=state,
                previous=AgentState.LOGGED_OUT,
                reason="",
                actor=Actor.AGENT,
            )
            view.apply(Logged(sequence=place + 1, event=event))
            page.take(page.stream.own_changes(centre))

    def test_before_the_first_snapshot_nothing_is_told(self, page: Page) -> None:
        centre = Centre(LiveView(ZoneInfo("UTC")).state, directory(EVERYBODY, QUEUES))
        assert page.stream.own_changes(centre) is None
        assert page.stream.common_changes(centre, rows(centre)) is None

    def test_nothing_missed_is_nothing_given_again(self, page: Page) -> None:
        self.events(page, 3)
        assert page.stream.since(3) == []

    def test_a_number_never_told_cannot_be_resumed(self, page: Page) -> None:
        self.events(page, 3)
        assert page.stream.since(4) is None
        assert page.stream.since(-1) is None

    def test_events_out_of_the_ring_cannot_be_given_again(self, page: Page) -> None:
        self.events(page, RING_EVENTS + 2)
        assert page.stream.since(1) is None
        kept = page.stream.since(2)
        assert kept is not None
        assert len(kept) == RING_EVENTS
