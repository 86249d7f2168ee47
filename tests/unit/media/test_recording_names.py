"""A spooled recording's name holds all that is known of it."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.primitives.ids import CallId, RecordingId, TenantId
from media.recordings.model import SpooledRecording, is_spooled

SPOOL = Path("/spool")
spooled_recordings = st.builds(
    SpooledRecording,
    tenant=st.uuids().map(TenantId),
    call=st.uuids().map(CallId),
    recording=st.uuids().map(RecordingId),
    started_at=st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)


@given(spooled_recordings)
def test_the_name_gives_everything_back(spooled: SpooledRecording) -> None:
    assert SpooledRecording.parse(spooled.path(SPOOL)) == spooled
    assert is_spooled(spooled.path(SPOOL))


@given(spooled_recordings, st.text("abc", min_size=1), st.text("abc", min_size=1))
def test_event_ids_are_fixed_by_recording_and_word(spooled: SpooledRecording, one: str, other: str) -> None:
    assert spooled.event_id(one) == spooled.event_id(one)
    assert (spooled.event_id(one) == spooled.event_id(other)) == (one == other)
    assert spooled.event_id(one).version == 7
    assert spooled.event_id(one).bytes[:6] == spooled.recording.bytes[:6]


@pytest.mark.parametrize("name", ["x.wav", "a.b.c.wav", "music.mp3", ".wav", "....wav", "a.b.c.d.wav"])
def test_other_files_are_not_ours(name: str) -> None:
    assert not is_spooled(SPOOL / str(UUID(int=1)) / name)
    assert not is_spooled(SPOOL / "tenant" / name)


def test_the_key_is_filed_under_the_utc_day_of_its_start() -> None:
    spooled = SpooledRecording(
        tenant=TenantId(UUID(int=1)),
        call=CallId(UUID(int=2)),
        recording=RecordingId(UUID(int=3)),
        started_at=datetime(2026, 3, 2, 0, 30, tzinfo=timezone(timedelta(hours=8))),
    )
    assert spooled.key == f"recordings/{UUID(int=1)}/2026/03/01/{UUID(int=3)}.wav"
    assert SpooledRecording.parse(spooled.path(SPOOL)).started_at == spooled.started_at
