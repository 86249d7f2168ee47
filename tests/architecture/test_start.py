"""What a start loads: a crashed server's callers wait for it."""

import subprocess
import sys

LATER = {"fpdf", "numpy"}
"""Half a second to load, and needed by no call: whoever prints the first document waits for it, in a thread."""


def test_a_start_waits_for_nothing_that_calls_do_not_need() -> None:
    asked = f"import api.serve, sys; print(*sorted({LATER!r} & sys.modules.keys()))"
    loaded = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert loaded.stdout.split() == []
