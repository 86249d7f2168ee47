"""Which call a SIP session belongs to, and what is known of it before its call's queue gets there."""

from collections.abc import Callable

from gateway.io.driver import SipDriver
from gateway.sip.dialog_state import DialogState
from gateway.sip.events import SipEvent
from gateway.sip.flow import Flow
from gateway.traces.book import TraceBook
from gateway.trunks.book import TrunkBook
from gateway.trunks.outgoing import tls_name
from kernel.contracts.directory import TrunkConfig
from kernel.primitives.ids import CallId


class Sessions:
    """Live sessions by name."""

    def __init__(self, traces: TraceBook, dropped: Callable[[str], None]) -> None:
        self._traces = traces
        self._dropped = dropped
        self._calls: dict[str, CallId] = {}
        self._dialogs: dict[str, DialogState] = {}
        self._gone: set[str] = set()
        self._withdrawn: set[str] = set()

    def bind(self, session: str, call: CallId) -> None:
        self._calls[session] = call
        self._traces.bind(session, call)

    def call_of(self, session: str) -> CallId | None:
        return self._calls.get(session)

    def note_dialog(self, state: DialogState) -> None:
        self._dialogs[state.session] = state

    def dialog(self, session: str) -> DialogState | None:
        """The last state that the core told."""
        return self._dialogs.get(session)

    def note_gone(self, session: str) -> None:
        """Its end was told and waits in the call's queue: nothing may be begun on it any more."""
        if session in self._calls:
            self._gone.add(session)

    def is_gone(self, session: str) -> bool:
        return session in self._gone

    def note_withdrawn(self, session: str) -> None:
        """The re-INVITE that waits in the call's queue was taken back."""
        self._withdrawn.add(session)

    def take_withdrawn(self, session: str) -> bool:
        withdrawn = session in self._withdrawn
        self._withdrawn.discard(session)
        return withdrawn

    def drop(self, session: str) -> None:
        self._calls.pop(session, None)
        self._dialogs.pop(session, None)
        self._gone.discard(session)
        self._withdrawn.discard(session)
        self._dropped(session)


class SipLink:
    """The driver, once it is open, its sessions and their lines; `tell` takes an event as if the core had told it."""

    def __init__(
        self,
        driver: Callable[[], SipDriver],
        traces: TraceBook,
        book: TrunkBook,
        tell: Callable[[SipEvent], None],
    ) -> None:
        self._driver = driver
        self.traces = traces
        self.book = book
        self.tell = tell
        self.sessions = Sessions(traces, book.lines.release)

    @property
    def driver(self) -> SipDriver:
        return self._driver()

    def show_as(self, session: str, trunk: TrunkConfig | None, flow: Flow) -> None:
        """Have a received call reach its peer under the trunk's TLS identity wherever it opens a connection.

        Where the trunk has none, or there is no trunk: under that which the peer was shown as it called.
        """
        identity = ("" if trunk is None else tls_name(trunk)) or self.driver.shown_on(flow)
        if identity:
            self.driver.do(lambda endpoint, _now: endpoint.show_as(session, identity))
