"""Call progress tones stay inside the telephone band and repeat."""

import pytest

from kernel.contracts.engine import TonePlay
from media.prompts import BUSY, CONGESTION, RING_BACK, progress_tone

COUNTRIES = ["CA", "CN", "DE", "FR", "GB", "HK", "JP", "KR", "TW", "US", "BR", "", None]
NAMES = [RING_BACK, BUSY, CONGESTION]


def shape(play: TonePlay) -> list[tuple[tuple[float, ...], int]]:
    return [(tone.frequencies_hz, tone.milliseconds) for tone in play.tones]


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("name", NAMES)
def test_every_tone_repeats_sounds_and_pauses(country: str | None, name: str) -> None:
    play = progress_tone(name, country)
    assert play.repeat
    assert play.tones[0].frequencies_hz
    assert play.tones[-1].frequencies_hz == ()
    assert all(300 <= frequency <= 3400 for tone in play.tones for frequency in tone.frequencies_hz)
    assert all(tone.milliseconds > 0 for tone in play.tones)


def test_a_caller_in_britain_hears_the_double_ring() -> None:
    assert shape(progress_tone(RING_BACK, "gb")) == [((400, 450), 400), ((), 200), ((400, 450), 400), ((), 2000)]


def test_a_country_without_an_entry_gets_the_recommended_tone() -> None:
    assert progress_tone(BUSY, "BR") == progress_tone(BUSY) != progress_tone(BUSY, "US")


def test_an_unknown_tone_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        progress_tone("birdsong")
