"""Draws routing's machines from their tables: `python -m tests.unit.routing.diagrams` writes the pages that show them.

Each page keeps its words; what stands between the marks is drawn anew.
"""

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any

from kernel.contracts.lines import LineState
from routing.agents import machine as agents
from routing.callbacks import machine as callbacks
from routing.lines import machine as lines
from routing.supervision import machine as supervision
from routing.voicemail import machine as voicemail

DOCS = Path(__file__).parents[3] / "docs"
BEGIN, END = "<!-- drawn: {} -->", "<!-- end of {} -->"

Rows = Mapping[Any, str]
"""(state, input) and the name of what it leads to."""


def states(start: StrEnum, rows: Rows) -> str:
    """A Mermaid state diagram: rows that lead from one state to the same other are one arrow."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (here, word), there in rows.items():
        arrows.setdefault((here.value, there), []).append(word.value)
    lines = [f"    {here} --> {there}: {', '.join(words)}" for (here, there), words in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {start.value}", *lines, "```"])


def target(to: Enum) -> str:
    return str(to.value)


def agent_rows() -> Rows:
    """What changes the state or keeps a wish; inputs that leave all as it is are in the list below."""
    return {row: target(move.to) for row, move in agents.TABLE.items() if move.to is not agents.Next.STAY}


def agent_table() -> str:
    lines = ["| state | input | leads to | reason |", "| --- | --- | --- | --- |"]
    for (state, word), move in agents.TABLE.items():
        lines.append(f"| {state.value} | {word.value} | {target(move.to)} | {move.reason.value or '—'} |")
    return "\n".join(lines)


def plain(table: Mapping[Any, Enum]) -> Rows:
    return {row: target(to) for row, to in table.items()}


def timers(table: Mapping[Any, Mapping[Any, Any]], rows: Mapping[Any, Enum]) -> str:
    lines = ["| phase | timer | leads to |", "| --- | --- | --- |"]
    for phase, names in table.items():
        for name, word in names.items():
            lines.append(f"| {phase.value} | {name.value} | {target(rows[phase, word])} |")
    return "\n".join(lines)


DRAWN = {
    "agents.md": {
        "agents": states(agents.LOGGED_OUT, agent_rows()),
        "agent table": agent_table(),
        "supervision": states(supervision.Part.NONE, plain(supervision.TABLE)),
    },
    "telephones.md": {"lines": states(LineState.DOWN, plain(lines.TABLE))},
    "callbacks.md": {
        "callbacks": states(callbacks.Phase.WAITING, plain(callbacks.TABLE)),
        "callback timers": timers(callbacks.TIMERS, callbacks.TABLE),
        "voicemail": states(voicemail.Phase.NEW, plain(voicemail.TABLE)),
        "voicemail timers": timers(voicemail.TIMERS, voicemail.TABLE),
    },
}


def redrawn(text: str, drawings: Iterable[tuple[str, str]]) -> str:
    for name, drawing in drawings:
        before, rest = text.split(BEGIN.format(name))
        _, after = rest.split(END.format(name))
        text = f"{before}{BEGIN.format(name)}\n\n{drawing}\n\n{END.format(name)}{after}"
    return text


if __name__ == "__main__":
    for name, drawings in DRAWN.items():
        page = DOCS / name
        page.write_text(redrawn(page.read_text(encoding="utf-8"), drawings.items()), encoding="utf-8")
