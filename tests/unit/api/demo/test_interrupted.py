"""Ctrl-C, once or more often, ends all that the demonstration began."""

import asyncio
import os
import signal
from typing import cast

import pytest
from rich.console import Console

from api.demo.demonstration import Demonstration, until_interrupted


class Beginning:
    """Ends slowly."""

    console = Console(quiet=True)
    ended = False

    async def run(self) -> int:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(5):
                await asyncio.sleep(0)
            await asyncio.get_running_loop().run_in_executor(None, bool)
            self.ended = True
        return 0


def test_a_second_signal_does_not_cut_the_end_short() -> None:
    beginning = Beginning()
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(until_interrupted(cast(Demonstration, beginning)))
    assert beginning.ended
