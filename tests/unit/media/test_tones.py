"""Call progress tones stay inside the telephone band, and inside what the engine takes."""

import pytest

from kernel.contracts.engine import TonePlay
from media.prompts import BEEP, BUSY, CALL_WAITING, DIAL, RING_BACK, SPECIAL_INFORMATION, progress_tone
from media.prompts.tones import COUNTRIES, NAMES

LONGEST_MILLISECONDS = 30_000  # the engine's limit


def shape(play: TonePlay) -> list[tuple[tuple[float, ...], int]]:
    return [(tone.frequencies_hz, tone.milliseconds) for tone in play.tones]


@pytest.mark.parametrize("country", [*COUNTRIES, "XX", "", None])
@pytest.mark.parametrize("name", NAMES)
def test_every_tone_sounds_in_the_telephone_band(country: str | None, name: str) -> None:
    play = progress_tone(name, country)
    assert play.repeat is (name != BEEP)
    assert play.tones[0].frequencies_hz
    continuous = len(play.tones) == 1
    assert continuous or len(play.tones) % 2 == 0
    assert continuous or play.tones[-1].frequencies_hz == ()
    assert sum(tone.milliseconds for tone in play.tones) <= LONGEST_MILLISECONDS
    assert all(300 <= frequency <= 3400 for tone in play.tones for frequency in tone.frequencies_hz)
    assert all(tone.milliseconds > 0 for tone in play.tones)


def test_a_caller_in_britain_hears_the_double_ring() -> None:
    assert shape(progress_tone(RING_BACK, "gb")) == [((400, 450), 400), ((), 200), ((400, 450), 400), ((), 2000)]


def test_a_country_without_an_entry_gets_the_recommended_tone() -> None:
    assert progress_tone(BUSY, "XX") == progress_tone(BUSY) != progress_tone(BUSY, "US")


def test_a_country_without_a_tone_of_its_own_gets_the_recommended_one() -> None:
    assert progress_tone(SPECIAL_INFORMATION, "US") == progress_tone(SPECIAL_INFORMATION)
    assert [tone.frequencies_hz for tone in progress_tone(SPECIAL_INFORMATION).tones] == [(950,), (1400,), (1800,), ()]


@pytest.mark.parametrize("country", ["BR", "IN", "AU", "NZ", "MX", "ZA", "CH", "AT", "IT", "ES", "NL", "SE", "PL"])
def test_these_countries_are_known(country: str) -> None:
    assert country in COUNTRIES
    assert progress_tone(CALL_WAITING, country) != progress_tone(CALL_WAITING)


def test_a_dial_tone_goes_on_and_on() -> None:
    assert shape(progress_tone(DIAL, "us")) == [((350, 440), 1000)]


def test_an_unknown_tone_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        progress_tone("birdsong")
