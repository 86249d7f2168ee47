"""Session timers (RFC 4028): who asks whether the other still lives, how often, and the end where nobody does."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.sip.calls import HeaderLines
from gateway.sip.dialog_state import DialogState
from gateway.sip.errors import SipError
from gateway.sip.events import RefreshNeeded
from gateway.sip.extensions import TIMER, supports
from gateway.sip.message import Request, Response
from gateway.sip.session_expires import SMALLEST_INTERVAL, SessionExpires
from gateway.sip.timers import Timer

if TYPE_CHECKING:
    from gateway.sip.session import Session

REFRESH_AT = 1 / 2  # of the interval: the moment of 7.4 and 10
AGAIN_AFTER = 1 / 8  # of the interval: where a refresh met a busy peer or a broken connection
END_MARGIN = 32.0  # seconds before the end at which it is over, but at most a third of the interval (10)
RESUME_WITHIN = 30.0  # seconds after a restart in which all calls refresh, spread so that they do not at once
MAX_LENGTHENINGS = 3  # 422 responses that one request obeys


class Watch(StrEnum):
    """Who refreshes."""

    OFF = "off"
    LOCAL = "we refresh"
    REMOTE = "the peer refreshes"


class Beat(StrEnum):
    """What happens to the timer."""

    AGREED_LOCAL = "agreed on us"
    AGREED_REMOTE = "agreed on the peer"
    AGREED_NONE = "agreed on none"
    RESUMED = "resumed"
    REFUSED = "refresh refused"
    DUE = "refresh due"
    EXPIRED = "expired"
    CLOSE = "close"


class SessionTimer:
    """What was agreed is in the dialog, so that it outlives the process; here are the clocks."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self.state = Watch.OFF
        self._refresh: Timer | None = None
        self._end: Timer | None = None

    # --- headers ---

    def offer(self, dialog: DialogState) -> HeaderLines:
        """Session-Expires of a refresh request of ours: both sides keep their parts (7.4)."""
        if not dialog.session_expires:
            return ()
        return interval_headers(dialog.session_expires, dialog.min_se, "uas" if dialog.refresher == "remote" else "uac")

    def answer(self, dialog: DialogState, request: Request) -> HeaderLines:
        """Agree to what the peer's refresh request asks for; returns the headers of the 2xx (9, table 2).

        A peer without timers is refreshed by us: that is how we find out that it is gone.
        """
        ours = self._session.core.settings
        asked = request.session_expires
        seconds = asked.seconds if asked else dialog.session_expires or ours.session_expires
        if asked and ours.session_expires:
            seconds = min(seconds, ours.session_expires)
        if not seconds:
            return ()
        seconds = max(seconds, request.min_se or 0, ours.min_se)
        wanted = asked.refresher if asked else None
        if not supports(request, TIMER) or (wanted is None and dialog.refresher == "local"):
            wanted = "uas"
        wanted = wanted or "uac"
        dialog.session_expires, dialog.refresher = seconds, "local" if wanted == "uas" else "remote"
        lines = (("Session-Expires", str(SessionExpires(seconds, wanted))),)
        return (*lines, ("Require", TIMER)) if wanted == "uac" else lines

    def take_answer(self, dialog: DialogState, response: Response, now: float) -> None:
        """Follow the 2xx to a request of ours (7.2); without a word of the peer we go on alone."""
        agreed: SessionExpires | None = None
        with suppress(SipError):
            agreed = response.session_expires
        ours = self._session.core.settings
        if agreed is not None:
            dialog.session_expires = max(agreed.seconds, ours.min_se)
            dialog.refresher = "remote" if agreed.refresher == "uas" else "local"
        elif dialog.refresher == "remote":
            dialog.session_expires, dialog.refresher = 0, ""
        elif not dialog.session_expires:
            dialog.session_expires, dialog.refresher = ours.session_expires, "local" if ours.session_expires else ""
        self.start(now)

    # --- the clocks ---

    def start(self, now: float) -> None:
        """Count from now, as after every refresh."""
        dialog = self._session.confirmed
        if not dialog.session_expires:
            self._step(Beat.AGREED_NONE, now)
        else:
            self._step(Beat.AGREED_LOCAL if dialog.refresher == "local" else Beat.AGREED_REMOTE, now)

    def resume(self, now: float) -> None:
        """Count from now in another process: ours refresh soon, for nobody knows how long that took."""
        self.start(now)
        self._step(Beat.RESUMED, now)

    def refused(self, now: float) -> None:
        """Note that the peer lives, but did not take a refresh."""
        self._step(Beat.REFUSED, now)

    def close(self, now: float) -> None:
        """The session ends."""
        self._step(Beat.CLOSE, now)

    def _step(self, beat: Beat, now: float) -> None:
        row = SESSION_TIMER_TABLE.get((self.state, beat))
        if row is None:
            return
        self.state, steps = row
        for do in steps:
            do(self, now)

    @property
    def _interval(self) -> float:
        return float(self._session.confirmed.session_expires)

    def arm_refresh(self, now: float) -> None:
        """Refresh at half the interval."""
        self._refresh_in(self._interval * REFRESH_AT, now)

    def arm_again(self, now: float) -> None:
        """Refresh again before long."""
        self._refresh_in(self._interval * AGAIN_AFTER, now)

    def arm_soon(self, now: float) -> None:
        """Refresh within the first seconds of this process."""
        longest = min(RESUME_WITHIN, self._interval * AGAIN_AFTER)
        self._refresh_in(self._session.core.tokens.uniform(0.0, longest), now)

    def _refresh_in(self, seconds: float, now: float) -> None:
        if self._refresh:
            self._refresh.cancel()
        self._refresh = self._session.core.timers.start(now + seconds, lambda then: self._step(Beat.DUE, then))

    def arm_end(self, now: float) -> None:
        """End a little before the interval is over."""
        if self._end:
            self._end.cancel()
        interval = self._interval
        seconds = interval - min(END_MARGIN, interval / 3)
        self._end = self._session.core.timers.start(now + seconds, lambda then: self._step(Beat.EXPIRED, then))

    def disarm(self, _now: float) -> None:
        """Stop the clocks."""
        for timer in (self._refresh, self._end):
            if timer:
                timer.cancel()

    def refresh(self, now: float) -> None:
        """Ask the peer by UPDATE where it knows that, else have the application send a re-INVITE (7.4)."""
        session = self._session
        if not session.is_established:
            return
        if session.confirmed.allows_update:
            session.updates.client.refresh(now)
        else:
            session.tell(RefreshNeeded(session.name))

    def end_session(self, now: float) -> None:
        """Nobody refreshed: the peer is gone (10)."""
        self._session.peer_gone(now)


def interval_headers(seconds: int, min_se: int, refresher: str = "") -> HeaderLines:
    """Session-Expires, and Min-SE where it is more than everybody's smallest."""
    value = f"{seconds};refresher={refresher}" if refresher else str(seconds)
    lines: HeaderLines = (("Session-Expires", value),)
    return (*lines, ("Min-SE", str(min_se))) if min_se > SMALLEST_INTERVAL else lines


def demanded_interval(response: Response, present: int) -> int | None:
    """The Min-SE of a 422, where it is one that obeying can satisfy (7.3)."""
    demanded: int | None = None
    with suppress(SipError):
        demanded = response.min_se
    return demanded if response.status == 422 and demanded is not None and demanded > present else None


_LOCAL = (SessionTimer.arm_refresh, SessionTimer.arm_end)
_REMOTE = (SessionTimer.disarm, SessionTimer.arm_end)

SESSION_TIMER_TABLE: Mapping[tuple[Watch, Beat], tuple[Watch, tuple[Callable[[SessionTimer, float], None], ...]]] = {
    (Watch.OFF, Beat.AGREED_LOCAL): (Watch.LOCAL, _LOCAL),
    (Watch.OFF, Beat.AGREED_REMOTE): (Watch.REMOTE, _REMOTE),
    (Watch.LOCAL, Beat.AGREED_LOCAL): (Watch.LOCAL, _LOCAL),
    (Watch.LOCAL, Beat.AGREED_REMOTE): (Watch.REMOTE, _REMOTE),
    (Watch.LOCAL, Beat.AGREED_NONE): (Watch.OFF, (SessionTimer.disarm,)),
    (Watch.LOCAL, Beat.RESUMED): (Watch.LOCAL, (SessionTimer.arm_soon,)),
    (Watch.LOCAL, Beat.REFUSED): (Watch.LOCAL, (SessionTimer.arm_again, SessionTimer.arm_end)),
    (Watch.LOCAL, Beat.DUE): (Watch.LOCAL, (SessionTimer.arm_again, SessionTimer.refresh)),
    (Watch.LOCAL, Beat.EXPIRED): (Watch.OFF, (SessionTimer.disarm, SessionTimer.end_session)),
    (Watch.LOCAL, Beat.CLOSE): (Watch.OFF, (SessionTimer.disarm,)),
    (Watch.REMOTE, Beat.AGREED_LOCAL): (Watch.LOCAL, _LOCAL),
    (Watch.REMOTE, Beat.AGREED_REMOTE): (Watch.REMOTE, _REMOTE),
    (Watch.REMOTE, Beat.AGREED_NONE): (Watch.OFF, (SessionTimer.disarm,)),
    (Watch.REMOTE, Beat.EXPIRED): (Watch.OFF, (SessionTimer.disarm, SessionTimer.end_session)),
    (Watch.REMOTE, Beat.CLOSE): (Watch.OFF, (SessionTimer.disarm,)),
}
