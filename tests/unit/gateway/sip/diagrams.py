"""Draws the SIP machines from their tables: `python -m tests.unit.gateway.sip.diagrams` writes docs/sip-machines.md."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from gateway.sdp.offer_answer import MOVES, Move, Position
from gateway.sip.incoming_session import INCOMING_TABLE
from gateway.sip.outgoing_session import OUTGOING_TABLE
from gateway.sip.refer_client import REFERRAL_TABLE, Asking
from gateway.sip.refer_server import SUBSCRIPTION_TABLE, Asked
from gateway.sip.reinvite import REINVITE_TABLE, Stand
from gateway.sip.reliable import RELIABLE_TABLE, Delivery
from gateway.sip.session import Life
from gateway.sip.session_timer import SESSION_TIMER_TABLE, Watch
from gateway.sip.transactions.invite_client import INVITE_CLIENT
from gateway.sip.transactions.invite_server import INVITE_SERVER
from gateway.sip.transactions.machine import State
from gateway.sip.transactions.non_invite_client import NON_INVITE_CLIENT
from gateway.sip.transactions.non_invite_server import NON_INVITE_SERVER
from gateway.sip.update import UPDATE_CLIENT_TABLE, UPDATE_SERVER_TABLE, Answering, Sending

DOCUMENT = Path(__file__).parents[4] / "docs/sip-machines.md"
Rows = Mapping[Any, tuple[StrEnum, Sequence[Callable[..., Any]]]]

HEAD = """# The SIP machines

Drawn from their tables by `python -m tests.unit.gateway.sip.diagrams`; a test keeps this page current. An input that a
state does not show changes nothing there.
"""


def without_steps(table: Mapping[tuple[Position, Move], Position]) -> Rows:
    """Give offer/answer's table, which has no steps, the form of the others."""
    return {pair: (there, ()) for pair, there in table.items()}


MACHINES: list[tuple[str, StrEnum, Rows]] = [
    ("INVITE client transaction (RFC 3261 17.1.1, RFC 6026 7.2)", State.CALLING, INVITE_CLIENT),
    ("Non-INVITE client transaction (RFC 3261 17.1.2)", State.TRYING, NON_INVITE_CLIENT),
    ("INVITE server transaction (RFC 3261 17.2.1, RFC 6026 7.1)", State.PROCEEDING, INVITE_SERVER),
    ("Non-INVITE server transaction (RFC 3261 17.2.2)", State.TRYING, NON_INVITE_SERVER),
    ("A call that we place (RFC 3261 13.2)", Life.INVITING, OUTGOING_TABLE),
    ("A call that we receive (RFC 3261 13.3)", Life.RECEIVED, INCOMING_TABLE),
    ("A change of an established call (RFC 3261 14)", Stand.IDLE, REINVITE_TABLE),
    ("Asking the peer to call somebody (RFC 3515)", Asking.IDLE, REFERRAL_TABLE),
    ("Being asked to call somebody (RFC 3515)", Asked.IDLE, SUBSCRIPTION_TABLE),
    ("A provisional response that arrives for certain (RFC 3262 3)", Delivery.IDLE, RELIABLE_TABLE),
    ("An UPDATE of ours (RFC 3311 5.1)", Sending.IDLE, UPDATE_CLIENT_TABLE),
    ("An UPDATE of the peer (RFC 3311 5.2)", Answering.FREE, UPDATE_SERVER_TABLE),
    ("Session timer (RFC 4028)", Watch.OFF, SESSION_TIMER_TABLE),
    ("Offer/answer (RFC 3264)", Position.STABLE, without_steps(MOVES)),
]


def diagram(start: StrEnum, table: Rows) -> str:
    """Write one Mermaid state diagram."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {name(start)}"]
    for (here, happened), (there, steps) in table.items():
        done = ", ".join(step.__name__ for step in steps)
        label = f"{happened.value} / {done}" if done else happened.value
        lines.append(f"    {name(here)} --> {name(there)}: {label}")
    return "\n".join([*lines, "```"])


def name(state: StrEnum) -> str:
    """A state's name as Mermaid takes it."""
    return state.value.replace(" ", "_")


def page() -> str:
    """Write the whole page."""
    parts = [f"## {title}\n\n{diagram(start, table)}\n" for title, start, table in MACHINES]
    return HEAD + "\n" + "\n".join(parts)


if __name__ == "__main__":
    DOCUMENT.write_text(page(), encoding="utf-8")
