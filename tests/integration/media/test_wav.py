"""A recorder's file is made whole wherever the writing of it was cut off."""

import hashlib
import wave
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spool_files import recorded

from media.recordings.wav import HEADER, NoSound, finish


def test_a_finished_file_is_measured_and_not_changed(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.wav", 12_000)
    before = path.read_bytes()
    sound = finish(path)
    assert path.read_bytes() == before
    assert (sound.seconds, sound.channels, sound.bytes) == (1.5, 2, 48_044)
    assert sound.sha256 == hashlib.sha256(before).hexdigest()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 400), st.integers(0, 500), st.binary(max_size=3))
def test_every_whole_frame_behind_the_header_is_kept(tmp_path: Path, frames: int, told: int, tail: bytes) -> None:
    path = recorded(tmp_path / "a.wav", frames, told, tail)
    sound = finish(path)
    assert sound.seconds == frames / 8000
    assert sound.bytes == path.stat().st_size == HEADER.size + frames * 4
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 8000, frames)
    assert finish(path) == sound, "finishing twice changes nothing"


@pytest.mark.parametrize("content", [b"", b"RIFF", bytes(44), bytes(1000)])
def test_what_holds_no_sound_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(NoSound):
        finish(tmp_path / "a.wav")


@pytest.mark.parametrize("tail", [b"", b"abc"])
def test_a_header_alone_is_no_sound(tmp_path: Path, tail: bytes) -> None:
    with pytest.raises(NoSound):
        finish(recorded(tmp_path / "a.wav", 0, 0, tail))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=44, max_size=60))
def test_any_file_is_sound_or_no_sound(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(NoSound):
        finish(path)
