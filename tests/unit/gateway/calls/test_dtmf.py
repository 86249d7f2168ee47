"""Digits as tones: the pairs of ITU-T Q.23 with pauses between them."""

import pytest

from gateway.calls.dtmf import dtmf


def test_each_digit_is_a_pair_of_tones_and_a_pause() -> None:
    play = dtmf("1d", milliseconds=80, pause_milliseconds=70)
    assert not play.repeat
    assert [(tone.frequencies_hz, tone.milliseconds) for tone in play.tones] == [
        ((), 60),
        ((697.0, 1209.0), 80),
        ((), 70),
        ((941.0, 1633.0), 80),
        ((), 70),
    ]


def test_all_sixteen_are_different() -> None:
    assert len({dtmf(digit).tones[1].frequencies_hz for digit in "0123456789*#ABCD"}) == 16


def test_anything_else_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        dtmf("1x")
