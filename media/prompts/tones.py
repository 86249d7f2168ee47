"""Call progress tones by country, played by the engine.

Figures: ITU-T E.180 Supplement 2 "Various tones used in national networks" (list of 2003); United Kingdom: BT SIN 350;
Japan's modulated ringing tone is given as its two side bands. Countries without an entry get what E.180 recommends.
"""

from kernel.contracts.engine import Tone, TonePlay

RING_BACK = "ring_back"
BUSY = "busy"
CONGESTION = "congestion"


def _cadence(frequencies: tuple[float, ...], *milliseconds: int) -> TonePlay:
    """Tone and silence in turn, over and over."""
    tones = tuple(
        Tone(frequencies_hz=() if place % 2 else frequencies, milliseconds=duration)
        for place, duration in enumerate(milliseconds)
    )
    return TonePlay(tones=tones, repeat=True)


_EUROPE = {
    RING_BACK: _cadence((425,), 1000, 4000),
    BUSY: _cadence((425,), 500, 500),
    CONGESTION: _cadence((425,), 250, 250),
}
_NORTH_AMERICA = {
    RING_BACK: _cadence((440, 480), 2000, 4000),
    BUSY: _cadence((480, 620), 500, 500),
    CONGESTION: _cadence((480, 620), 250, 250),
}
_COUNTRIES = {
    "CA": _NORTH_AMERICA,
    "CN": {
        RING_BACK: _cadence((450,), 1000, 4000),
        BUSY: _cadence((450,), 350, 350),
        CONGESTION: _cadence((450,), 700, 700),
    },
    "DE": _EUROPE | {BUSY: _cadence((425,), 480, 480), CONGESTION: _cadence((425,), 240, 240)},
    "FR": {
        RING_BACK: _cadence((440,), 1500, 3500),
        BUSY: _cadence((440,), 500, 500),
        CONGESTION: _cadence((440,), 250, 250),
    },
    "GB": {
        RING_BACK: _cadence((400, 450), 400, 200, 400, 2000),
        BUSY: _cadence((400,), 375, 375),
        CONGESTION: _cadence((400,), 400, 350, 225, 525),
    },
    "HK": _NORTH_AMERICA | {RING_BACK: _cadence((440, 480), 400, 200, 400, 3000)},
    "JP": {
        RING_BACK: _cadence((384, 416), 1000, 2000),
        BUSY: _cadence((400,), 500, 500),
        CONGESTION: _cadence((400,), 500, 500),
    },
    "KR": _NORTH_AMERICA | {RING_BACK: _cadence((440, 480), 1000, 2000), CONGESTION: _cadence((480, 620), 300, 200)},
    "TW": _NORTH_AMERICA | {RING_BACK: _cadence((440, 480), 1000, 2000)},
    "US": _NORTH_AMERICA,
}


def progress_tone(name: str, country: str | None = None) -> TonePlay:
    """`name` is RING_BACK, BUSY or CONGESTION (KeyError otherwise), `country` an ISO 3166-1 code."""
    return _COUNTRIES.get((country or "").upper(), _EUROPE)[name]
