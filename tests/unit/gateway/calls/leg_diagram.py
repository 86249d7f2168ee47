"""Draws the leg machine from its table: `python -m tests.unit.gateway.calls.leg_diagram` writes docs/call-leg.md."""

from pathlib import Path

from gateway.calls.legs import LEG_TABLE, LegState

DOCUMENT = Path(__file__).parents[4] / "docs/call-leg.md"
HEAD = """# One leg of a call

Drawn from its table by `python -m tests.unit.gateway.calls.leg_diagram`; a test keeps this page current. An input that
a state does not show changes nothing there. Every leg ends with exactly one end cause: the first one given by `release`
or `end` stays.
"""


def page() -> str:
    rows = [f"    {here} --> {there}: {taken}" for (here, taken), there in LEG_TABLE.items()]
    return "\n".join([HEAD, "```mermaid", "stateDiagram-v2", f"    [*] --> {LegState.IDLE}", *rows, "```", ""])


if __name__ == "__main__":
    DOCUMENT.write_text(page(), encoding="utf-8")
