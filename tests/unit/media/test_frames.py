"""Frames cut out of a stream, however it comes."""

import pytest

from kernel.contracts.engine import MAX_FRAME_BYTES, DeleteLeg
from media.control.frames import LENGTH, BrokenFrame, FrameConnection, to_frame

FRAMES = [to_frame(DeleteLeg(leg=name)) for name in ("a", "b" * 300, "c")]
BODIES = [frame[LENGTH.size :] for frame in FRAMES]


@pytest.mark.parametrize("size", [1, 3, 7, 100, 10_000])
async def test_frames_come_whole_whatever_the_pieces(size: int) -> None:
    heard: list[bytes] = []
    connection = FrameConnection(heard.append)
    stream = b"".join(FRAMES)
    for start in range(0, len(stream), size):
        connection.data_received(stream[start : start + size])
    assert heard == BODIES


async def test_a_frame_larger_than_any_message_ends_the_connection() -> None:
    heard: list[bytes] = []
    connection = FrameConnection(heard.append)
    connection.data_received(FRAMES[0] + LENGTH.pack(MAX_FRAME_BYTES + 1) + FRAMES[1])
    assert heard == BODIES[:1]
    with pytest.raises(BrokenFrame):
        await connection.ended


async def test_what_the_listener_raises_ends_the_connection_and_nothing_follows() -> None:
    heard: list[bytes] = []

    def fail(body: bytes) -> None:
        heard.append(body)
        raise ValueError("no message")

    connection = FrameConnection(fail)
    connection.data_received(FRAMES[0] + FRAMES[1])
    connection.data_received(FRAMES[2])
    assert heard == BODIES[:1]
    with pytest.raises(ValueError, match="no message"):
        await connection.ended
