"""For property tests: flows that are valid by construction, drafts that need not be, words of all kinds."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from routing.flows.calendars.status import HoursStatus
from routing.flows.checks.graph import reachable
from routing.flows.document.exits import exits_of
from routing.flows.document.flow import Flow
from routing.flows.run.words import (
    AnyWord,
    CallbackBooked,
    CallbackRefused,
    CallerHungUp,
    FlowMissing,
    HoursTold,
    KeyPressed,
    LookupAnswered,
    LookupFailed,
    MessageFailed,
    MessageRecorded,
    QueueExit,
    QueueLeft,
    Report,
    RobotFailed,
    RobotReturned,
    SpeechEnded,
    TimeOut,
    TransferAnswered,
    TransferFailed,
)
from tests.unit.routing.flows.documents import QUEUE, flow, text

VARIABLES = ("a", "b", "c")
Target = st.SearchStrategy[str]


def flows() -> st.SearchStrategy[Flow]:
    """Valid: exits that are taken without the caller lead forward, those by keys anywhere."""
    return st.integers(1, 7).flatmap(_valid)


def drafts() -> st.SearchStrategy[Flow]:
    """Exits lead anywhere, to nowhere too."""
    return st.integers(1, 5).flatmap(_draft)


@st.composite
def _valid(draw: st.DrawFn, size: int) -> Flow:
    names = [f"n{place}" for place in range(size)] + ["end"]
    anywhere = st.sampled_from(names)
    nodes: dict[str, Any] = {}
    for place, name in enumerate(names[:-1]):
        nodes[name] = draw(node(st.sampled_from(names[place + 1 :]), anywhere))
    nodes["end"] = {"kind": "hang_up"}
    document = _made(nodes, draw)
    graph = {name: frozenset(one.target for one in exits_of(node)) for name, node in document.nodes.items()}
    reached = reachable(graph, ["n0"])
    return _made({name: node for name, node in nodes.items() if name in reached}, draw)


@st.composite
def _draft(draw: st.DrawFn, size: int) -> Flow:
    names = [f"n{place}" for place in range(size)]
    anywhere = st.sampled_from([*names, "", "gone"])
    return _made({name: draw(node(anywhere, anywhere)) for name in names}, draw)


def _made(nodes: dict[str, Any], draw: st.DrawFn) -> Flow:
    queue = str(QUEUE)
    return flow(nodes, start="n0", variables=dict.fromkeys(VARIABLES, "0"), fallback_queue=queue)


def node(alone: Target, by_key: Target) -> st.SearchStrategy[dict[str, Any]]:
    kinds: list[Callable[[Target, Target], st.SearchStrategy[dict[str, Any]]]]
    kinds = [_play, _say, _menu, _input, _hours, _branch, _set, _lookup, _queue, _callback, _voicemail, _handing]
    return st.sampled_from(kinds).flatmap(lambda make: make(alone, by_key))


variable = st.sampled_from(VARIABLES)
words = st.sampled_from([[], [text("{a}")], [{"kind": "prompt", "prompt": "greeting"}]])


def _play(alone: Target, by_key: Target) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"kind": st.just("play"), "prompts": st.just(["greeting"]), "barge_in": st.booleans(), "next": alone}
    )


def _say(alone: Target, by_key: Target) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"kind": st.just("say"), "text": st.just("{a} {{b}}"), "barge_in": st.booleans(), "next": alone}
    )


def _attempts(alone: Target, by_key: Target) -> dict[str, st.SearchStrategy[Any]]:
    return {
        "prompts": words,
        "invalid": words,
        "barge_in": st.booleans(),
        "retries": st.integers(0, 2),
        "on_invalid": by_key,
        "on_silence": alone,
    }


def _menu(alone: Target, by_key: Target) -> st.SearchStrategy[dict[str, Any]]:
    keys = st.text("12#", min_size=1, max_size=3)
    options = st.dictionaries(keys, by_key, min_size=1, max_size=3)
    return st.fixed_dictionaries({"kind": st.just("menu"), "options": options, **_attempts(alone, by_key)})


def _input(alone: Target, by_key: Target) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "kind": st.just("input"),
            "variable": variable,
            "min_digits": st.integers(1, 2),
            "max_digits": st.integers(2, 3),
            "terminator": st.sampled_from(["", "#", "*"]),
            "private": st.booleans(),
            "next": by_key,
            **_attempts(alone, by_key),
        }
    )


def _hours(alone: Target, by_key: Target) -> st.SearchStrategy[dict[str, Any]]:
    exits = {"open": alone, "closed": alone, "holiday": st.none() | alone}
    return st.fixed_dictionaries({"kind": st.just("hours"), "calendar": st.just("office"), **exits})


def _branch(alone: Target, by_key: Target) -> st.SearchStrategy[dict[str, Any]]:
    when = variable.map(lambda name: {"kind": "number_between", "variable": name, "at_least": 1})
    cases = st.lists(st.fixed_dictionaries({"when": when, "next": alone}), min_size=1, max_size=2)
    return st.fixed_dictionaries({"kind": st.just("branch"), "cases": cases, "otherwise": alone})


def _set(alone: Target, by_key: Target) -> st.SearchStrategy[dict[str, Any]]:
    value = st.sampled_from(["", "{a}{a}", "{caller}"])
    return st.fixed_dictionaries({"kind": st.just("set"), "variable": variable, "value": value, "next": alone})


def _lookup(alone: Target, by_key: Target) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "kind": st.just("lookup"),
            "url": st.just("https://crm.example.com/{a}"),
            "results": st.just({"b": "x.y"}),
            "next": alone,
            "on_failure": alone,
        }
    )


def _queue(alone: Target, by_key: Target) -> st.SearchStrategy[dict[str, Any]]:
    plain = {"kind": st.just("queue"), "queue": st.just(str(QUEUE)), "on_full": alone}
    limited = {"limit_seconds": st.just(60), "on_limit": by_key, "callback_key": st.just("1"), "on_callback": by_key}
    return st.fixed_dictionaries(plain | {"on_no_agents": st.none() | alone}) | st.fixed_dictionaries(plain | limited)


def _callback(alone: Target, by_key: Target) -> st.SearchStrategy[dict[str, Any]]:
    exits = {"next": by_key, "on_declined": alone, "on_unavailable": alone}
    number = st.sampled_from(["caller", "a"])
    kind = {"kind": st.just("callback"), "queue": st.just(str(QUEUE)), "prompts": words, "number": number}
    return st.fixed_dictionaries(kind | exits)


def _voicemail(alone: Target, by_key: Target) -> st.SearchStrategy[dict[str, Any]]:
    kind = {"kind": st.just("voicemail"), "queue": st.just(str(QUEUE)), "prompts": words}
    return st.fixed_dictionaries(kind | {"next": alone, "on_failure": alone})


def _handing(alone: Target, by_key: Target) -> st.SearchStrategy[dict[str, Any]]:
    to = st.sampled_from([{"kind": "phone", "user": "desk1"}, {"kind": "variable", "variable": "a"}])
    transfer: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {"kind": st.just("transfer"), "to": to, "on_failure": alone}
    )
    robot: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {
            "kind": st.just("robot"),
            "robot": st.just("booking"),
            "results": st.just(["c"]),
            "outcomes": alone.map(lambda target: {"yes": target}),
            "otherwise": alone,
            "on_failure": alone,
        }
    )
    return transfer | robot | st.just({"kind": "go_to", "flow": "other"})


# --- words ------------------------------------------------------------------------------------------------------------

Words = st.SearchStrategy[AnyWord]


def of_turn(word: AnyWord, turn: int) -> AnyWord:
    """The words here report on no turn yet."""
    return replace(word, turn=turn) if isinstance(word, Report) else word


pressed: Words = st.sampled_from([KeyPressed(key=key) for key in ("1", "2", "#", "*", "A")])
played: Words = st.just(SpeechEnded(turn=0))
answers: Words = st.sampled_from(
    [
        *(HoursTold(turn=0, status=status) for status in HoursStatus),
        *(LookupAnswered(turn=0, status=200, body=body) for body in (b'{"x": {"y": 5}}', b"[]", b"<")),
        *(QueueLeft(turn=0, exit=exit_) for exit_ in QueueExit if exit_ is not QueueExit.LIMIT),
        *(RobotReturned(turn=0, outcome=outcome) for outcome in ("yes", "no")),
        LookupFailed(turn=0),
        CallbackBooked(turn=0),
        CallbackRefused(turn=0),
        MessageRecorded(turn=0, seconds=1.0),
        MessageFailed(turn=0),
        TransferAnswered(turn=0),
        TransferFailed(turn=0),
        RobotFailed(turn=0),
        FlowMissing(turn=0),
    ]
)
others: Words = st.sampled_from([TimeOut(), CallerHungUp(), QueueLeft(turn=0, exit=QueueExit.LIMIT)])
any_word: Words = st.one_of(pressed, pressed, played, played, answers, answers, others)
