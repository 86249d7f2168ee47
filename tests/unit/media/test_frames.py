"""Frames cut out of a stream, however it comes."""

import pytest

from kernel.contracts.codec import pack
from kernel.contracts.engine import MAX_ANSWER_BYTES, Address, DeleteLeg, LegSource, LegState, Snapshot
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
    connection.data_received(FRAMES[0] + LENGTH.pack(MAX_ANSWER_BYTES + 1) + FRAMES[1])
    assert heard == BODIES[:1]
    with pytest.raises(BrokenFrame):
        await connection.ended


async def test_a_snapshot_of_as_many_legs_as_an_engine_may_have_is_no_broken_frame() -> None:
    here = Address(host="198.51.100.17", port=40_000)
    call = "01890a5d-ac96-774b-bcce-b302099a8057"
    heard = (LegSource(leg=f"{call}.party1"), LegSource(leg="softphone.01890a5d-ac96-774b-bcce-b302099a8057"))
    leg = LegState(leg=f"{call}.far", kind="rtp", group=call, local=here, hearing=heard)
    assert len(pack(Snapshot(legs=(leg,) * 20_000, players=(), recorders=()))) < MAX_ANSWER_BYTES


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
