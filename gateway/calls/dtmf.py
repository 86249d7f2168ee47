"""Digits as tones in the sound (ITU-T Q.23), for far ends that take no telephone events."""

from kernel.contracts.engine import Tone, TonePlay

_LOW_HZ = (697.0, 770.0, 852.0, 941.0)
_HIGH_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
_ROWS = ("123A", "456B", "789C", "*0#D")
_PAIRS = {
    digit: (_LOW_HZ[row], _HIGH_HZ[column]) for row, digits in enumerate(_ROWS) for column, digit in enumerate(digits)
}
LEVEL_DBM0 = -6.0  # both tones together; each -9 dBm0, the middle of what Q.24's receivers take
LEAD_MILLISECONDS = 60  # silence first: a digit must not grow out of somebody's word


def dtmf(digits: str, milliseconds: int = 100, pause_milliseconds: int = 60) -> TonePlay:
    """Tones of equal level, each followed by a pause; KeyError where something else than a digit is among them."""
    tones = [Tone(frequencies_hz=(), milliseconds=LEAD_MILLISECONDS)]
    for digit in digits.upper():
        tones.append(Tone(frequencies_hz=_PAIRS[digit], milliseconds=milliseconds))
        tones.append(Tone(frequencies_hz=(), milliseconds=pause_milliseconds))
    return TonePlay(tones=tuple(tones), level_dbm0=LEVEL_DBM0)
