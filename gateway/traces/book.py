"""The signalling of live calls in memory: a ring of small structs per session, and packets where they are wanted."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Literal

import msgspec

from gateway.sip.calls import ListenAddress
from gateway.sip.flow import Destination, Flow
from gateway.sip.message import Request, Response
from gateway.traces.masking import masked
from gateway.traces.model import Packet, Trace, TraceEntry, TraceLeg
from gateway.traces.reading import Seen, read_received, read_sent
from kernel.primitives.ids import CallId, TenantId, TrunkId
from kernel.primitives.phone import PhoneNumber

FIRST, LAST = 40, 40  # messages kept of a session's beginning and of its end; a plain call has 13 on both legs
MAX_SESSIONS = 20_000  # twice what an endpoint holds: ended ones stay until their last repetitions are over
MAX_STRAYS = 256  # Call-IDs seen before their session is known; a flood of INVITEs only pushes older ones out
MAX_PACKETS = 400  # of one session: some 400 kB
ENDED_KEPT = 40.0  # seconds; 64*T1 and a little, in which messages of an ended call are still repeated

_moment = attrgetter("at")


class CaptureRule(msgspec.Struct, frozen=True, kw_only=True):
    """Packets of the tenant's calls that begin before `until` are kept: of this number, or of this trunk."""

    tenant: TenantId
    until: datetime
    number: str | None = None  # E.164
    trunk: TrunkId | None = None

    def covers(self, tenant: TenantId, trunk: TrunkId | None, numbers: Iterable[PhoneNumber | None]) -> bool:
        if tenant != self.tenant:
            return False
        if self.trunk is not None and trunk != self.trunk:
            return False
        return self.number is None or any(number is not None and number.e164 == self.number for number in numbers)


class _Session:
    """What is kept under one Call-ID."""

    __slots__ = ("_leg", "_made", "direction", "first", "last", "left_out", "packets")

    def __init__(self, direction: Literal["inbound", "outbound"], captured: bool) -> None:
        self.direction: Literal["inbound", "outbound"] = direction
        self.first: list[tuple[float, bool, Seen, Destination]] = []
        self.last: deque[tuple[float, bool, Seen, Destination]] = deque(maxlen=LAST)
        self.left_out = 0
        self.packets: list[Packet] | None = [] if captured else None
        self._made: list[TraceEntry] = []
        self._leg = -1

    @property
    def count(self) -> int:
        return len(self.first) + len(self.last) + self.left_out

    def note(self, entry: tuple[float, bool, Seen, Destination]) -> None:
        if len(self.first) < FIRST:
            self.first.append(entry)
            return
        self.left_out += len(self.last) == LAST
        self.last.append(entry)

    def entries(self, leg: int) -> list[TraceEntry]:
        """As the call's leg of this place; those of the beginning are made once, as a call is saved several times."""
        if leg != self._leg:
            self._leg, self._made = leg, []
        self._made += [_entry(leg, *noted) for noted in self.first[len(self._made) :]]
        return [*self._made, *(_entry(leg, *noted) for noted in self.last)] if self.last else self._made


class TraceBook:
    """Implements `gateway.sip.watch.Watch`; `now` gives UTC seconds. Told in the order of the messages."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._sessions: OrderedDict[str, _Session] = OrderedDict()  # by Call-ID
        self._strays: OrderedDict[str, _Session] = OrderedDict()
        self._call_ids: dict[str, str] = {}  # by session name
        self._calls: dict[CallId, list[str]] = {}  # Call-IDs in the order of binding
        self._restored: dict[CallId, Trace] = {}
        self._awaited: dict[str, CallId] = {}  # calls of sessions that another process had, until the core has them
        self._shared: set[str] = set()  # Call-IDs that a call which ends first leaves to another one
        self._wanted: set[CallId] = set()
        self._told: dict[CallId, int] = {}  # how many messages were there when `has_news` was asked
        self._ended: deque[tuple[float, CallId]] = deque()
        self.rules: tuple[CaptureRule, ...] = ()
        self.addresses: Sequence[ListenAddress] = ()

    # --- told by the core ---

    def received(self, message: Request | Response, data: bytes, place: Destination) -> None:
        """One message that came from a peer that we talk with."""
        read = read_received(message)
        if read is not None:
            call_id, seen = read
            session = self._sessions.get(call_id) or self._stray(call_id, seen)
            if session is not None:
                self._note(session, seen, data, place, sent=False)

    def sent(self, data: bytes, place: Destination) -> None:
        """One message of ours."""
        read = read_sent(data)
        if read is not None:
            call_id, seen = read
            session = self._sessions.get(call_id) or self._strays.get(call_id)
            if session is not None:
                self._note(session, seen, data, place, sent=True)

    def _note(self, session: _Session, seen: Seen, data: bytes, place: Destination, *, sent: bool) -> None:
        at = self._now()
        session.note((at, sent, seen, place))
        if session.packets is not None and len(session.packets) < MAX_PACKETS:
            remote = (place.remote.host, place.remote.port)
            session.packets.append(Packet(at, sent, self._local(place), remote, masked(data)))

    def session(self, name: str, call_id: str) -> None:
        """A session begins: messages of this Call-ID are its own from now on."""
        self._forget_ended()
        found = self._strays.pop(call_id, None) or self._sessions.get(call_id)
        self._sessions[call_id] = found or _Session("outbound", self._captures)
        self._call_ids[name] = call_id
        if name in self._awaited:
            self.bind(name, self._awaited.pop(name))
        while len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)

    # --- told by the calls ---

    def bind(self, session: str, call: CallId) -> None:
        """The session is a leg of this call."""
        call_id = self._call_ids.pop(session, None)
        if call_id is not None:
            self._calls.setdefault(call, []).append(call_id)

    def share(self, call_id: str, call: CallId) -> None:
        """The session goes on as a leg of this call, and its beginning stays a part of the former one."""
        self._shared.add(call_id)
        self._calls.setdefault(call, []).append(call_id)

    def restore(self, session: str, call: CallId, trace: Trace) -> None:
        """What another process had of a call; its session comes to life soon."""
        self._awaited[session] = call
        self._restored[call] = trace

    def of(self, call: CallId) -> Trace:
        """All that is kept of a call."""
        former = self._restored.get(call, Trace())
        legs, entries, left_out = list(former.legs), list(former.entries), former.left_out
        places = {leg.call_id: place for place, leg in enumerate(legs)}
        for call_id in self._calls.get(call, ()):
            session = self._sessions.get(call_id)
            if session is None:
                continue
            if call_id not in places:
                places[call_id] = len(legs)
                legs.append(TraceLeg(call_id, session.direction))
            left_out += session.left_out
            entries += session.entries(places[call_id])
        entries.sort(key=_moment)
        return Trace(legs=tuple(legs), entries=tuple(entries), left_out=left_out)

    def has_news(self, call: CallId) -> bool:
        """Whether something was said since this was asked last."""
        sessions = (self._sessions.get(call_id) for call_id in self._calls.get(call, ()))
        count = sum(session.count for session in sessions if session is not None)
        known, self._told[call] = self._told.get(call, 0), count
        return count != known

    def packets(self, call: CallId) -> list[Packet]:
        """Those of an ended call that a rule asked for."""
        if call not in self._wanted:
            return []
        found = (self._sessions.get(call_id) for call_id in self._calls.get(call, ()))
        packets = [packet for session in found if session and session.packets for packet in session.packets]
        return sorted(packets, key=lambda packet: packet.at)

    def ended(
        self, call: CallId, tenant: TenantId, trunk: TrunkId | None, numbers: Sequence[PhoneNumber | None]
    ) -> None:
        """Nothing but repetitions follows; now it is known whether its packets are wanted."""
        if any(rule.covers(tenant, trunk, numbers) for rule in self.rules):
            self._wanted.add(call)
        self._ended.append((self._now() + ENDED_KEPT, call))

    def abandoned(self, call: CallId) -> None:
        """It was refused before it became a call: nobody will ask."""
        self._ended.append((self._now() + ENDED_KEPT, call))

    @property
    def size(self) -> int:
        """Sessions in memory."""
        return len(self._sessions) + len(self._strays)

    # --- inside ---

    @property
    def _captures(self) -> bool:
        now = self._now()
        return any(rule.until.timestamp() > now for rule in self.rules)

    def _stray(self, call_id: str, seen: Seen) -> _Session | None:
        """An INVITE's Call-ID is not known before the core made a session of it."""
        found = self._strays.get(call_id)
        if found is None and call_id and seen.method == "INVITE" and not seen.status:
            found = self._strays[call_id] = _Session("inbound", self._captures)
            while len(self._strays) > MAX_STRAYS:
                self._strays.popitem(last=False)
        return found

    def _local(self, place: Destination) -> tuple[str, int]:
        if isinstance(place, Flow):
            return place.local.host, place.local.port
        ipv6 = ":" in place.remote.host
        for address in self.addresses:
            if address.transport == place.transport and address.ipv6 == ipv6:
                return address.address.host, address.address.port
        return ("::" if ipv6 else "0.0.0.0"), 0  # noqa: S104 (nobody binds it)

    def _forget_ended(self) -> None:
        now = self._now()
        while self._ended and self._ended[0][0] <= now:
            _, call = self._ended.popleft()
            self._restored.pop(call, None)
            self._wanted.discard(call)
            self._told.pop(call, None)
            for call_id in self._calls.pop(call, ()):
                if call_id in self._shared:
                    self._shared.discard(call_id)
                else:
                    self._sessions.pop(call_id, None)


def _entry(leg: int, at: float, sent: bool, seen: Seen, place: Destination) -> TraceEntry:
    host = f"[{place.remote.host}]" if ":" in place.remote.host else place.remote.host
    return TraceEntry(
        at=at,
        leg=leg,
        sent=sent,
        method=seen.method,
        status=seen.status,
        cseq=seen.cseq,
        transport=place.transport,
        remote=f"{host}:{place.remote.port}",
        cause=seen.cause,
    )
