"""The sessions of an endpoint, by name and by dialog."""

from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

from gateway.sip.core import Core
from gateway.sip.dialog import DialogKey, dialog_key
from gateway.sip.dialog_state import DialogState
from gateway.sip.events import DialogChanged
from gateway.sip.transactions.key import TransactionId
from gateway.sip.transactions.layer import TransactionLayer

if TYPE_CHECKING:
    from gateway.sip.session import Session

MAX_ENDED = 1024  # dialogs remembered after their end: whom a late Replaces meets is told so (RFC 3891 3)


class Registry:
    """Finds sessions; a session is in it from its first message to its end."""

    def __init__(self, core: Core, layer: TransactionLayer) -> None:
        self.core = core
        self.layer = layer
        self._by_name: dict[str, Session] = {}
        self._by_dialog: dict[DialogKey, Session] = {}
        self._by_invite: dict[TransactionId, Session] = {}
        self.changed: dict[str, Session] = {}  # whose dialogs are to be saved
        self._ended: OrderedDict[DialogKey, None] = OrderedDict()
        self._restored: dict[tuple[str, str], Session] = {}  # by Call-ID and remote tag

    def add(self, session: "Session") -> None:
        """Make a session known by its name."""
        self._by_name[session.name] = session
        self.core.counters.sessions += 1

    def add_dialog(self, session: "Session", state: DialogState) -> None:
        """Let requests inside this dialog, early or confirmed, find the session."""
        key = dialog_key(state)
        self._by_dialog[key] = session
        session.keys.add(key)

    def remove_dialog(self, session: "Session", state: DialogState) -> None:
        """Forget an early dialog that lost to another branch."""
        key = dialog_key(state)
        self._by_dialog.pop(key, None)
        session.keys.discard(key)

    def add_invite(self, session: "Session", invite: TransactionId) -> None:
        """Let the CANCEL of a received INVITE find the session."""
        self._by_invite[invite] = session
        session.invite = invite

    def add_restored(self, session: "Session", state: DialogState) -> None:
        """Let the INVITE that a former process answered find its session, should it be repeated here."""
        if state.role == "uas":
            self._restored[state.call_id, state.remote_tag] = session

    def find_restored(self, call_id: str, remote_tag: str) -> "Session | None":
        """Return the live session that a former process had from this peer."""
        return self._restored.get((call_id, remote_tag)) if self._restored else None

    def find_invite(self, invite: TransactionId) -> "Session | None":
        """Return the live session that a received INVITE began."""
        return self._by_invite.get(invite)

    def find(self, name: str) -> "Session | None":
        """Return the live session of this name."""
        return self._by_name.get(name)

    def find_dialog(self, key: DialogKey) -> "Session | None":
        """Return the live session of this dialog."""
        return self._by_dialog.get(key)

    def has_ended(self, key: DialogKey) -> bool:
        """Whether this dialog lived a while ago."""
        return key in self._ended

    def remove(self, session: "Session") -> None:
        """Forget a session that ended; its transactions may still hold it."""
        if self._by_name.pop(session.name, None) is None:
            return
        self.core.counters.sessions -= 1
        self.changed.pop(session.name, None)
        for key in session.keys:
            self._by_dialog.pop(key, None)
            self._ended[key] = None
            self._restored.pop((key[0], key[2]), None)
        while len(self._ended) > MAX_ENDED:
            self._ended.popitem(last=False)
        if session.invite:
            self._by_invite.pop(session.invite, None)

    def note_change(self, session: "Session") -> None:
        """Have the dialog saved at the end of this drain."""
        if session.name in self._by_name:
            self.changed[session.name] = session

    def next_change(self) -> DialogChanged | None:
        """Drain the dialogs to save."""
        while self.changed:
            name, session = self.changed.popitem()
            if session.dialog is not None:
                return DialogChanged(name, msgspec.structs.replace(session.dialog))
        return None
