"""How long messages took through a program, from what SIPp noted of them on both sides (`-trace_msg`)."""

import re
from datetime import datetime
from pathlib import Path

_NOTED = re.compile(
    r"^-+ (?P<at>[0-9-]+[ T\t][0-9:.]+)[^\n]*\n[^\n]*?(?P<way>sent|received)[^\n]*\n+(?P<message>.*?)(?=^-{20,} |\Z)",
    re.MULTILINE | re.DOTALL,
)
_CALLER = re.compile(r"^(?:From|f):[^\n]*\+(4930[0-9]+)@", re.MULTILINE)


def first_messages(messages: Path, way: str, beginning: str) -> dict[str, float]:
    """When the first such message of each caller's number was `sent` or `received`, in seconds."""
    found: dict[str, float] = {}
    for noted in _NOTED.finditer(messages.read_text(errors="replace")):
        number = _CALLER.search(noted["message"])
        if noted["way"] == way and number is not None and noted["message"].startswith(beginning):
            found.setdefault(number[1], datetime.fromisoformat(noted["at"].replace("\t", " ")).timestamp())
    return found


def delays_ms(caller: Path, callee: Path) -> list[float]:
    """INVITE to INVITE, of all calls that reached the callee, sorted."""
    sent = first_messages(caller, "sent", "INVITE")
    received = first_messages(callee, "received", "INVITE")
    return sorted((received[number] - at) * 1000 for number, at in sent.items() if number in received)


def percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
