"""Prompts are files that the engine can play, a tenant's own before the built-in ones."""

import wave
from pathlib import Path

import pytest

from media.prompts import DEFAULTS, PromptStore, WrongPrompt
from media.prompts.store import BUILT_IN, check_playable
from tests.fakes import TwoTenants

VOICES = Path(__file__).parents[3] / "api" / "demo" / "voices"


def sound(path: Path, rate: int = 8000, channels: int = 1, width: int = 2, frames: int = 800) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", "not compressed"))
        file.writeframes(bytes(frames * channels * width))
    return path


@pytest.fixture
def prompts(tmp_path: Path) -> PromptStore:
    return PromptStore(tmp_path / "prompts")


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_built_in_prompts_are_playable_and_small(prompts: PromptStore, tenants: TwoTenants, name: str) -> None:
    path = prompts.path(tenants.ours, name)
    assert path.is_absolute()
    check_playable(path)
    assert path.stat().st_size < 130_000


def test_the_greeting_is_short() -> None:
    with wave.open(str(BUILT_IN / "greeting.wav"), "rb") as file:
        assert file.getnframes() < 5 * 8000


@pytest.mark.parametrize("name", [f"{kind}-{number}" for kind in ("caller", "agent") for number in range(1, 5)])
def test_the_voices_of_the_demonstration_are_playable(name: str) -> None:
    check_playable(VOICES / f"{name}.wav")
    with wave.open(str(VOICES / f"{name}.wav"), "rb") as file:
        assert 2 <= file.getnframes() / 8000 <= 4


def test_a_tenants_own_prompt_wins_for_that_tenant_only(
    prompts: PromptStore, tenants: TwoTenants, tmp_path: Path
) -> None:
    own = sound(tmp_path / "own.wav")
    prompts.put(tenants.ours, "greeting", own)
    prompts.put(tenants.ours, "closed", own)
    assert prompts.path(tenants.ours, "greeting").read_bytes() == own.read_bytes()
    assert prompts.path(tenants.theirs, "greeting") == BUILT_IN / "greeting.wav"
    assert prompts.names(tenants.ours) == ["beep", "closed", "greeting", "hold", "music", "unavailable", "voicemail"]
    assert prompts.names(tenants.theirs) == ["beep", "greeting", "hold", "music", "unavailable", "voicemail"]
    with pytest.raises(KeyError):
        prompts.path(tenants.theirs, "closed")
    prompts.delete(tenants.ours, "greeting")
    assert prompts.path(tenants.ours, "greeting") == BUILT_IN / "greeting.wav"


@pytest.mark.parametrize("name", ["", "missing", "../greeting", "a/b", "Greeting", "x" * 65, "greeting.wav"])
def test_what_is_no_prompt_is_a_key_error(prompts: PromptStore, tenants: TwoTenants, name: str) -> None:
    with pytest.raises(KeyError):
        prompts.path(tenants.ours, name)


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ({"rate": 6000}, "6000 Hz"),
        ({"rate": 96000}, "96000 Hz"),
        ({"channels": 2}, "2 channels"),
        ({"width": 1}, "8 bits"),
        ({"frames": 0}, "lasts 0 s"),
        ({"frames": 8000 * 601}, "lasts 601 s"),
    ],
)
def test_what_the_engine_cannot_play_is_refused_with_the_reason(
    prompts: PromptStore, tenants: TwoTenants, tmp_path: Path, shape: dict[str, int], told: str
) -> None:
    with pytest.raises(WrongPrompt, match=told):
        prompts.put(tenants.ours, "greeting", sound(tmp_path / "wrong.wav", **shape))
    assert prompts.path(tenants.ours, "greeting") == BUILT_IN / "greeting.wav"


def test_a_file_that_is_no_sound_is_refused(prompts: PromptStore, tenants: TwoTenants, tmp_path: Path) -> None:
    (tmp_path / "song.mp3").write_bytes(b"ID3" + bytes(100))
    with pytest.raises(WrongPrompt, match="cannot be read"):
        prompts.put(tenants.ours, "greeting", tmp_path / "song.mp3")
