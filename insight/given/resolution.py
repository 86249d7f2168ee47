"""First-call resolution: the caller's word or a resolving wrap-up code, and no further call on the topic in time."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from insight.given.contracts import Contact, ResolutionRule, Survey
from insight.kpi.given_sums import GivenSums
from kernel.primitives.ids import CallId

Key = tuple[datetime, CallId]


class Resolutions:
    """All contacts of a span and of the window after it; their order, and what comes twice, change nothing."""

    def __init__(
        self, contacts: Iterable[Contact], rule: ResolutionRule, now: datetime, surveys: Iterable[Survey] = ()
    ) -> None:
        known = {contact.call: contact for contact in contacts}
        self._rule = rule
        self._now = now
        self._said = {survey.call: survey.resolved for survey in surveys if survey.resolved is not None}
        self.handled = sorted((each for each in known.values() if each.handled), key=_key)
        self._of: dict[tuple[str, str], list[Key]] = defaultdict(list)
        for contact in sorted(known.values(), key=_key):
            if contact.party is not None:
                self._of[contact.party, contact.topic].append(_key(contact))

    def judge(self, contact: Contact) -> GivenSums:
        """One handled contact's part of the sums. The caller's own word goes before the agent's code."""
        repeated = self._repeated(contact)
        said = self._said.get(contact.call, contact.disposition in self._rule.codes)
        settled = repeated or self._now >= contact.at + self._rule.window
        return GivenSums(
            contacts=1,
            coded=int(bool(contact.disposition) or contact.call in self._said),
            resolved=int(said and not repeated),
            undecided=int(not settled),
        )

    def _repeated(self, contact: Contact) -> bool:
        """A number that is not known cannot be seen again: such a call is judged by its code alone."""
        if contact.party is None:
            return False
        others = self._of[contact.party, contact.topic]
        place = bisect_right(others, _key(contact))
        return place < len(others) and others[place][0] <= contact.at + self._rule.window


def _key(contact: Contact) -> Key:
    return contact.at, contact.call
