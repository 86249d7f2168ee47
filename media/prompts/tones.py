"""Call progress tones by country, played by the engine.

Figures: ITU-T E.180 Supplement 2 "Various tones used in national networks" (list of 2003); United Kingdom: BT SIN 350;
North America: ANSI T1.401. Tones modulated in amplitude are given as their two side bands (400 Hz by 25 Hz: 375 and
425 Hz). Where a country has no entry, or none for a tone, there is what ITU-T E.180 recommends.
"""

from kernel.contracts.engine import Tone, TonePlay

RING_BACK = "ring_back"
BUSY = "busy"
CONGESTION = "congestion"
DIAL = "dial"
CALL_WAITING = "call_waiting"
SPECIAL_INFORMATION = "special_information"  # before an announcement: nobody can be reached so (E.180 clause 7)
RECORDING = "recording"  # warns that the call is recorded (E.180 clause 12)
HOWLER = "howler"  # the receiver is off the hook
BEEP = "beep"  # once: speak now
NAMES = (RING_BACK, BUSY, CONGESTION, DIAL, CALL_WAITING, SPECIAL_INFORMATION, RECORDING, HOWLER, BEEP)


def _cadence(frequencies: tuple[float, ...], *milliseconds: int) -> TonePlay:
    """Tone and silence in turn, over and over."""
    tones = tuple(
        Tone(frequencies_hz=() if place % 2 else frequencies, milliseconds=duration)
        for place, duration in enumerate(milliseconds)
    )
    return TonePlay(tones=tones, repeat=True)


def _steady(*frequencies: float) -> TonePlay:
    return _cadence(frequencies, 1000)


def _steps(frequencies: tuple[float, ...], each: int, silence: int) -> TonePlay:
    """One frequency after the other, then silence, over and over."""
    tones = [Tone(frequencies_hz=(frequency,), milliseconds=each) for frequency in frequencies]
    return TonePlay(tones=(*tones, Tone(frequencies_hz=(), milliseconds=silence)), repeat=True)


_RECOMMENDED = {
    RING_BACK: _cadence((425,), 1000, 4000),
    BUSY: _cadence((425,), 500, 500),
    CONGESTION: _cadence((425,), 250, 250),
    DIAL: _steady(425),
    CALL_WAITING: _cadence((425,), 200, 600, 200, 9000),
    SPECIAL_INFORMATION: _steps((950, 1400, 1800), 330, 1000),
    RECORDING: _cadence((1400,), 400, 15000),
    HOWLER: _cadence((1400, 2060, 2450, 2600), 100, 100),
    BEEP: TonePlay(tones=(Tone(frequencies_hz=(1000,), milliseconds=400),)),
}
_NORTH_AMERICA = {
    RING_BACK: _cadence((440, 480), 2000, 4000),
    BUSY: _cadence((480, 620), 500, 500),
    CONGESTION: _cadence((480, 620), 250, 250),
    DIAL: _steady(350, 440),
    CALL_WAITING: _cadence((440,), 300, 9700),
    RECORDING: _cadence((1400,), 500, 14500),
}


def _at_425(
    ring: tuple[int, ...], busy: tuple[int, ...], congestion: tuple[int, ...], waiting: tuple[int, ...]
) -> dict[str, TonePlay]:
    """A country that has 425 Hz for everything."""
    cadences = {RING_BACK: ring, BUSY: busy, CONGESTION: congestion, CALL_WAITING: waiting}
    return {name: _cadence((425,), *cadence) for name, cadence in cadences.items()}


_COUNTRIES = {
    "AT": {
        RING_BACK: _cadence((420,), 1000, 5000),
        BUSY: _cadence((420,), 400, 400),
        CONGESTION: _cadence((420,), 200, 200),
        DIAL: _steady(420),
        CALL_WAITING: _cadence((420,), 40, 1950),
        RECORDING: _cadence((1400,), 80, 14920),
    },
    "AU": {
        RING_BACK: _cadence((400, 425, 450), 400, 200, 400, 2000),
        BUSY: _cadence((425,), 375, 375),
        CONGESTION: _cadence((425,), 375, 375),
        DIAL: _steady(400, 425, 450),
        CALL_WAITING: _cadence((425,), 200, 200, 200, 4400),
        SPECIAL_INFORMATION: _cadence((425,), 2500, 500),
        RECORDING: _cadence((1400,), 425, 14575),
    },
    "BE": _at_425((1000, 3000), (500, 500), (167, 167), (175, 175, 175, 3500))
    | {CALL_WAITING: _cadence((1400,), 175, 175, 175, 3500)},
    "BR": _at_425((1000, 4000), (250, 250), (250, 250, 750, 250), (50, 1000)),
    "CA": _NORTH_AMERICA,
    "CH": _at_425((1000, 4000), (500, 500), (200, 200), (200, 200, 200, 4000))
    | {RECORDING: _cadence((1400,), 80, 14920)},
    "CN": {
        RING_BACK: _cadence((450,), 1000, 4000),
        BUSY: _cadence((450,), 350, 350),
        CONGESTION: _cadence((450,), 700, 700),
        DIAL: _steady(450),
        CALL_WAITING: _cadence((450,), 400, 4000),
        RECORDING: _cadence((950,), 400, 10000),
    },
    "CZ": _at_425((1000, 4000), (330, 330), (165, 165), (330, 9000)) | {DIAL: _cadence((425,), 330, 330, 660, 660)},
    "DE": _at_425((1000, 4000), (480, 480), (240, 240), (200, 200, 200, 5000))
    | {RECORDING: _cadence((1400,), 80, 14920)},
    "DK": _at_425((1000, 4000), (500, 500), (250, 250), (200, 600, 200, 3000))
    | {RECORDING: _cadence((1400,), 80, 14920)},
    "ES": _at_425((1500, 3000), (200, 200), (200, 200, 200, 200, 200, 600), (175, 175, 175, 3500)),
    "FI": _at_425((1000, 4000), (300, 300), (200, 200), (150, 150, 150, 8000)),
    "FR": {
        RING_BACK: _cadence((440,), 1500, 3500),
        BUSY: _cadence((440,), 500, 500),
        CONGESTION: _cadence((440,), 250, 250),
        DIAL: _steady(440),
        CALL_WAITING: _cadence((440,), 300, 10000),
    },
    "GB": {
        RING_BACK: _cadence((400, 450), 400, 200, 400, 2000),
        BUSY: _cadence((400,), 375, 375),
        CONGESTION: _cadence((400,), 400, 350, 225, 525),
        DIAL: _steady(350, 440),
        CALL_WAITING: _cadence((400,), 100, 2000),
    },
    "GR": _at_425((1000, 4000), (300, 300), (200, 200), (150, 150, 150, 8000))
    | {DIAL: _cadence((425,), 200, 300, 700, 800)},
    "HK": _NORTH_AMERICA
    | {
        RING_BACK: _cadence((440, 480), 400, 200, 400, 3000),
        CALL_WAITING: _cadence((440,), 500, 500, 500, 8500),
    },
    "HU": _at_425((1250, 3750), (300, 300), (300, 300), (40, 1960)),
    "IN": {
        RING_BACK: _cadence((375, 425), 400, 200, 400, 2000),
        BUSY: _cadence((400,), 750, 750),
        CONGESTION: _cadence((400,), 250, 250),
        DIAL: _steady(375, 425),
        CALL_WAITING: _cadence((400,), 200, 100, 200, 7500),
    },
    "IT": _at_425((1000, 4000), (500, 500), (200, 200), (400, 100, 250, 100, 150, 14000))
    | {DIAL: _cadence((425,), 200, 200, 600, 1000)},
    "JP": {
        RING_BACK: _cadence((384, 416), 1000, 2000),
        BUSY: _cadence((400,), 500, 500),
        CONGESTION: _cadence((400,), 500, 500),
        DIAL: _steady(400),
        CALL_WAITING: _cadence((384, 416), 500, 8000),
    },
    "KR": _NORTH_AMERICA
    | {
        RING_BACK: _cadence((440, 480), 1000, 2000),
        CONGESTION: _cadence((480, 620), 300, 200),
        CALL_WAITING: _cadence((350, 440), 250, 250, 250, 3250),
    },
    "MX": _at_425((1000, 4000), (250, 250), (250, 250), (200, 600, 200, 10000)),
    "NL": _at_425((1000, 4000), (500, 500), (250, 250), (500, 9500)),
    "NO": _at_425((1000, 4000), (500, 500), (200, 200), (200, 600, 200, 10000)),
    "NZ": {
        RING_BACK: _cadence((400, 450), 400, 200, 400, 2000),
        BUSY: _cadence((400,), 500, 500),
        CONGESTION: _cadence((400,), 250, 250),
        DIAL: _steady(400),
        CALL_WAITING: _cadence((400,), 200, 3000),
    },
    "PL": _at_425((1000, 4000), (500, 500), (500, 500), (150, 150, 150, 4000)),
    "PT": _at_425((1000, 5000), (500, 500), (200, 200), (200, 200, 200, 5000)),
    "SE": _at_425((1000, 5000), (250, 250), (250, 750), (200, 500, 200, 9000)),
    "TW": _NORTH_AMERICA
    | {RING_BACK: _cadence((440, 480), 1000, 2000), CALL_WAITING: _cadence((350, 440), 250, 250, 250, 3250)},
    "US": _NORTH_AMERICA,
    "ZA": {
        RING_BACK: _cadence((367, 433), 400, 200, 400, 2000),
        BUSY: _cadence((400,), 500, 500),
        CONGESTION: _cadence((400,), 250, 250),
        DIAL: _steady(367, 433),
        CALL_WAITING: _cadence((367, 433), 400, 4000),
    },
}
COUNTRIES = tuple(_COUNTRIES)


def progress_tone(name: str, country: str | None = None) -> TonePlay:
    """`name` is one of NAMES (KeyError otherwise), `country` an ISO 3166-1 code."""
    national = _COUNTRIES.get((country or "").upper(), {})
    return national.get(name) or _RECOMMENDED[name]
