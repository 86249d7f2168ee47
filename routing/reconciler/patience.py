"""When a difference is one: after it was seen long and often enough, unchanged. Until then it may be only under way.

Commands, reports and pictures cross each other: for a while each side is right about another moment. Where messages
between routing and the gateway are slow, nothing is concluded before those have arrived that were on their way when the
difference was first seen, however long that takes. A difference that settles itself is forgotten, and its age begins
anew should it come again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from routing.reconciler.differences import Difference, Kind, compare
from routing.reconciler.healing import Cure, cure_of
from routing.reconciler.picture import Picture

PICTURES = 2  # one picture may mix moments: what is in two has lasted
HEAL_AGAIN = timedelta(seconds=10)  # longer than any cure takes to be carried out and seen
CURES_AT_MOST = 3  # what three cures did not heal needs a person, and not a fourth in a loop

PATIENCE: dict[Kind, timedelta] = {
    # routing's own: one decision makes both sides agree, so only the timer's own delay is excused
    Kind.PAST_END: timedelta(seconds=3),
    Kind.AGENT_WITHOUT_CALL: timedelta(seconds=3),
    Kind.CALL_WITHOUT_AGENT: timedelta(seconds=3),
    Kind.UNREACHABLE_AVAILABLE: timedelta(seconds=3),
    # a report or a command is on the bus, or is delivered again after a restart of the process
    Kind.CALL_WITHOUT_DIALOG: timedelta(seconds=15),
    Kind.DIALOG_WITHOUT_CALL: timedelta(seconds=15),
    Kind.OTHER_AGENT: timedelta(seconds=10),
    # longer than the gateway's own grace for a reloaded page (10 s)
    Kind.SOFTPHONE_UNKNOWN: timedelta(seconds=15),
    Kind.SOFTPHONE_GONE: timedelta(seconds=15),
    # a leg is made before its dialog is saved, and deleted after it
    Kind.DIALOG_WITHOUT_LEG: timedelta(seconds=10),
    Kind.LEG_WITHOUT_DIALOG: timedelta(seconds=30),
}

OWN = frozenset({Kind.PAST_END, Kind.AGENT_WITHOUT_CALL, Kind.CALL_WITHOUT_AGENT, Kind.UNREACHABLE_AVAILABLE})
"""Differences of routing with itself: what is under way cannot settle them."""

OF_LEGS = frozenset({Kind.DIALOG_WITHOUT_LEG, Kind.LEG_WITHOUT_DIALOG})
"""Those that a picture without the engine neither shows nor denies."""


class Verdict(NamedTuple):
    """An audit entry: what was found, since when, and what is done. `cure` None: cures did not help, a person must."""

    difference: Difference
    since: datetime
    at: datetime
    cure: Cure | None
    times: int


class Sighting(NamedTuple):
    since: datetime
    seen: int = 1
    cured_at: datetime | None = None
    cures: int = 0


class Watch:
    """Remembers between two pictures; another process begins with none, and only waits a little longer."""

    def __init__(self) -> None:
        self._sightings: dict[Difference, Sighting] = {}
        self._latest: datetime | None = None

    def look(self, picture: Picture) -> list[Verdict]:
        """What is to be done now. A picture that is not newer than the one before tells nothing."""
        if self._latest is not None and picture.at <= self._latest:
            return []
        self._latest = picture.at
        return list(self._judge(picture))

    @property
    def watched(self) -> frozenset[Difference]:
        """What is seen now, healed or not."""
        return frozenset(self._sightings)

    def _judge(self, picture: Picture) -> Iterable[Verdict]:
        former, self._sightings = self._sightings, {}
        if picture.legs is None:
            self._sightings = {found: seen for found, seen in former.items() if found.kind in OF_LEGS}
        for difference in compare(picture):
            sighting = former.get(difference)
            sighting = Sighting(picture.at) if sighting is None else sighting._replace(seen=sighting.seen + 1)
            if _ripe(difference, sighting, picture):
                sighting = sighting._replace(cured_at=picture.at, cures=sighting.cures + 1)
                yield _verdict(difference, sighting, picture.at)
            self._sightings[difference] = sighting


def _ripe(difference: Difference, sighting: Sighting, picture: Picture) -> bool:
    if sighting.cures > CURES_AT_MOST:
        return False
    if sighting.cured_at is not None:
        return picture.at - sighting.cured_at >= HEAL_AGAIN
    if difference.kind not in OWN and picture.told_until is not None and picture.told_until < sighting.since:
        return False
    return sighting.seen >= PICTURES and picture.at - sighting.since >= PATIENCE[difference.kind]


def _verdict(difference: Difference, sighting: Sighting, at: datetime) -> Verdict:
    helpless = sighting.cures > CURES_AT_MOST
    return Verdict(difference, sighting.since, at, None if helpless else cure_of(difference), sighting.cures)
