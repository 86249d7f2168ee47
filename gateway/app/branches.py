"""Early dialogs of a call that we place: each has its own answer to our offer (RFC 3261 13.2.2.4)."""

import msgspec

from gateway.sdp.offer_answer import OfferAnswerState, Position


class Branch:
    """One place where it rings; `answer` is what it said last, final once `is_agreed`."""

    __slots__ = ("answer", "state")

    def __init__(self, state: OfferAnswerState) -> None:
        self.state = state
        self.answer = b""

    @property
    def is_agreed(self) -> bool:
        """Whether its answer came for certain; what follows are offers of its own."""
        return self.state.position is not Position.LOCAL_OFFER


class Branches:
    """Told apart by the To tag; sound comes from the one that spoke last, until one answers the call."""

    def __init__(self) -> None:
        self._found: dict[str, Branch] = {}
        self._last_answer = b""

    def of(self, tag: str, offered: OfferAnswerState) -> Branch:
        """The branch of this tag; `offered` is the negotiation with our offer open, which a new one begins with."""
        if tag not in self._found:
            self._found[tag] = Branch(msgspec.structs.replace(offered))
        return self._found[tag]

    def find(self, tag: str) -> Branch | None:
        return self._found.get(tag)

    def note_answer(self, branch: Branch, body: bytes) -> None:
        branch.answer = self._last_answer = body

    def answer_for(self, tag: str) -> bytes:
        """What holds where the 200 says nothing: some peers change their tag between 183 and 200."""
        branch = self._found.get(tag)
        return branch.answer if branch is not None and branch.answer else self._last_answer

    def forget(self) -> None:
        """Another INVITE is sent, or one branch has won."""
        self._found.clear()
        self._last_answer = b""
