import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from load_tests.peers.system import rtp_ports
from media.control import EngineSettings

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def settings() -> Iterator[EngineSettings]:
    with tempfile.TemporaryDirectory() as folder:  # a Unix socket's path has 107 bytes at most
        yield EngineSettings(folder=Path(folder), webrtc="127.0.0.1:0", rtp_ports=rtp_ports(100))
