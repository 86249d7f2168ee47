from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from kernel.primitives.ids import CallId, QueueId, UserId
from routing.acd.matcher import IdleKey, Match, WaitingKey, match
from routing.queues.line import Line

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ONE, TWO = QueueId(UUID(int=1)), QueueId(UUID(int=2))


def caller(number: int, since: float = 0.0, priority: int = 0) -> WaitingKey:
    return (-priority, START + timedelta(seconds=since), CallId(UUID(int=0xC000 + number)))


def agent(number: int, idle: float = 0.0) -> IdleKey:
    return (START + timedelta(seconds=idle), UserId(UUID(int=0xA000 + number)))


class TestOrder:
    def test_the_longest_waiting_caller_gets_the_longest_idle_agent(self) -> None:
        callers, agents = [caller(1, 0), caller(2, 5)], [agent(2, 1), agent(1, 2)]
        assert match({ONE: callers}, {ONE: agents}) == [
            Match(callers[0][2], ONE, agents[0][1]),
            Match(callers[1][2], ONE, agents[1][1]),
        ]

    def test_priority_comes_before_waiting_time_across_queues(self) -> None:
        urgent, patient, both = caller(2, 9, priority=1), caller(1, 0), agent(1)
        assert match({ONE: [patient], TWO: [urgent]}, {ONE: [both], TWO: [both]}) == [Match(urgent[2], TWO, both[1])]

    def test_an_agent_of_two_queues_is_offered_one_call(self) -> None:
        both = agent(1)
        assert len(match({ONE: [caller(1)], TWO: [caller(2)]}, {ONE: [both], TWO: [both]})) == 1

    def test_nobody_is_matched_outside_their_queue(self) -> None:
        assert match({ONE: [caller(1)]}, {TWO: [agent(1)]}) == []


Side = dict[QueueId, list[tuple[int, int]]]
QUEUES = [QueueId(UUID(int=number)) for number in range(1, 5)]


def plain(waiting: dict[QueueId, list[WaitingKey]], available: dict[QueueId, list[IdleKey]]) -> list[Match]:
    """The definition, word by word, without a thought for speed."""
    taken: set[UserId] = set()
    found: list[Match] = []
    for key, queue in sorted((key, queue) for queue, keys in waiting.items() for key in keys):
        free = [idle for idle in available.get(queue, []) if idle[1] not in taken]
        if free:
            taken.add(min(free)[1])
            found.append(Match(key[2], queue, min(free)[1]))
    return found


@given(
    st.lists(st.tuples(st.sampled_from(QUEUES), st.integers(0, 5), st.integers(0, 2)), max_size=12),
    st.lists(st.tuples(st.sets(st.sampled_from(QUEUES)), st.integers(0, 5)), max_size=8),
)
def test_it_equals_its_definition(
    callers: Sequence[tuple[QueueId, int, int]], agents: Sequence[tuple[set[QueueId], int]]
) -> None:
    waiting: dict[QueueId, list[WaitingKey]] = {}
    for number, (queue, since, priority) in enumerate(callers):
        waiting.setdefault(queue, []).append(caller(number, since, priority))
    available: dict[QueueId, list[IdleKey]] = {}
    for number, (queues, idle) in enumerate(agents):
        for queue in queues:
            available.setdefault(queue, []).append(agent(number, idle))
    for line in (*waiting.values(), *available.values()):
        line.sort(key=lambda key: key)
    assert match(waiting, available) == plain(waiting, available)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9))))
def test_a_line_is_a_sorted_set(changes: list[tuple[bool, int]]) -> None:
    line: Line[tuple[int]] = Line()
    model: set[tuple[int]] = set()
    for add, number in changes:
        (line.add if add else line.discard)((number,))
        (model.add if add else model.discard)((number,))
        assert list(line) == sorted(model)
        assert line.first == (min(model) if model else None)
        assert len(line) == len(model)
