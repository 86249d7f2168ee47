"""3xx answers of a carrier: the numbers that they name, dialled by the same trunk where its settings say so
(RFC 3261 8.1.3.4)."""

from collections.abc import Iterable

from gateway.sip.message import Response
from gateway.sip.redirects import by_preference
from gateway.trunks.attempt import Attempt
from gateway.trunks.book import TrunkBook
from gateway.trunks.carried import redirected_by
from gateway.trunks.guard import DiallingRefused
from gateway.trunks.numbers import number_of
from gateway.trunks.writing import read_arriving
from kernel.contracts.directory import TrunkConfig
from kernel.primitives.ids import TrunkId
from kernel.primitives.phone import PhoneNumber

MAX_REDIRECTS = 5  # numbers that one call may be led to; each may ring for a minute, and nobody waits for more
MOST_CONTACTS = 20  # of one answer that are read at all, so that no answer keeps us long
FOLLOWED = frozenset({300, 301, 302, 305, 380})  # all that may name a number: a host is never taken from them


class Redirects:
    """Of one call that we place. `refused`: what the tenant's limits said of numbers that were named."""

    def __init__(self, book: TrunkBook, first: Attempt) -> None:
        self._book = book
        self._left = MAX_REDIRECTS
        self._seen: set[tuple[TrunkId | None, PhoneNumber | None]] = {(first.trunk, first.called)}
        self.refused: list[DiallingRefused] = []

    def note(self, attempt: Attempt) -> None:
        """This way is tried now, so that who leads back to it makes a loop."""
        self._seen.add((attempt.trunk, attempt.called))

    def follow(self, attempt: Attempt, response: Response | None) -> list[Attempt]:
        """Where the answer to `attempt` leads, best first; none where its trunk does not follow, or nothing may."""
        trunk = self._book.get(attempt.trunk) if attempt.trunk is not None else None
        if trunk is None or attempt.called is None or response is None or response.status not in FOLLOWED:
            return []
        if trunk.options.redirects != "follow":
            return []
        by = redirected_by(attempt.called, response)
        found: list[Attempt] = []
        for number in self._fresh(trunk, response):
            try:
                found.append(self._book.again(attempt, trunk, number, by))
            except DiallingRefused as refusal:
                self.refused.append(refusal)
        return found

    def _fresh(self, trunk: TrunkConfig, response: Response) -> Iterable[PhoneNumber]:
        """Numbers that were not named before, no more than are left."""
        for number in _named(trunk, response):
            if self._left == 0:
                return
            if (trunk.trunk, number) not in self._seen:
                self._left -= 1
                self._seen.add((trunk.trunk, number))
                yield number


def _named(trunk: TrunkConfig, response: Response) -> Iterable[PhoneNumber]:
    """As this trunk writes them. Emergency services are called by people, never by a carrier's answer."""

    def read(text: str, region: str | None) -> PhoneNumber | None:
        return read_arriving(text, region, trunk.options.numbers)

    numbers = (number_of(contact, trunk.region, read) for contact in by_preference(response)[:MOST_CONTACTS])
    return (number for number in numbers if number is not None and not number.emergency)
