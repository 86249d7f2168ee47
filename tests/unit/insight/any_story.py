"""Any log that a tenant might have, sensible or not, for property tests of what is folded from it."""

from hypothesis import strategies as st

from kernel.contracts.calls import AgentState, Direction, OfferOutcome, TransferOutcome
from tests.unit.insight.story import ABANDONED, ALICE, BOB, BY_AGENT, BY_CALLER, OVERLOADED, SALES, SERVICE, Story

CALLS = st.integers(1, 4)
AGENTS = st.sampled_from((ALICE, BOB))
QUEUES = st.sampled_from((SALES, SERVICE))
CAUSES = st.sampled_from((BY_CALLER, BY_AGENT, ABANDONED, OVERLOADED))
SECONDS = st.one_of(st.just(0.0), st.floats(0, 30), st.floats(0, 2400))

STEPS = st.one_of(
    st.tuples(st.just("offered"), CALLS),
    st.tuples(st.just("offered"), CALLS, st.just(Direction.OUTBOUND), AGENTS),
    st.tuples(st.just("answered"), CALLS),
    st.tuples(st.just("queued"), CALLS, QUEUES),
    st.tuples(st.just("made"), CALLS, AGENTS, QUEUES),
    st.tuples(st.just("offer_ended"), CALLS, AGENTS, st.sampled_from(OfferOutcome), QUEUES),
    st.tuples(st.just("take_call"), CALLS, AGENTS, QUEUES),
    st.tuples(st.just("connected"), CALLS, AGENTS),
    st.tuples(st.just("held"), CALLS, AGENTS),
    st.tuples(st.just("retrieved"), CALLS, AGENTS),
    st.tuples(st.just("disconnected"), CALLS, AGENTS),
    st.tuples(st.just("ended"), CALLS, CAUSES),
    st.tuples(st.just("finish_call"), CALLS, AGENTS),
    st.tuples(st.just("disposed"), CALLS, AGENTS),
    st.tuples(st.just("erased"), CALLS),
    st.tuples(st.just("state"), AGENTS, st.sampled_from(AgentState), st.sampled_from(("", "meal")), CALLS),
    st.tuples(st.just("stored"), CALLS),
    st.tuples(st.just("measured"), CALLS),
    st.tuples(st.just("recording_failed"), CALLS),
    st.tuples(st.just("message_left"), CALLS, QUEUES),
    st.tuples(st.just("message_done"), CALLS, AGENTS),
    st.tuples(st.just("callback_promised"), CALLS, QUEUES),
    st.tuples(st.just("alert_raised"), st.integers(1, 2), st.none() | QUEUES),
    st.tuples(st.just("alert_cleared"), st.integers(1, 2)),
    st.tuples(st.just("transferred"), CALLS, st.sampled_from(TransferOutcome), st.sampled_from(("far", "seat"))),
)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Any events in any order, sensible or not; only no call arrives twice, for calls have fresh ids."""
    story, second, arrived = Story(), 0.0, set[int]()
    for wait, (what, *arguments) in draw(st.lists(st.tuples(SECONDS, STEPS), max_size=40)):
        second += wait
        if what == "offered" and arguments[0] in arrived:
            continue
        if what == "offered":
            arrived.add(arguments[0])
        getattr(story.at(second), what)(*arguments)
    return story
