"""Which telephones are registered now, and where: the location service (RFC 3261 10, RFC 5626 5)."""

import heapq
import math
from collections.abc import Iterable
from operator import attrgetter

from msgspec.structs import replace

from gateway.registrar.binding import Binding, Place, contact_key, place_of, without_flow
from gateway.registrar.book import PhoneBook
from gateway.sip.errors import SipError
from gateway.sip.flow import Flow
from gateway.sip.routing import ONE_WAY
from gateway.sip.uri import Uri
from kernel.primitives.ids import PhoneId, TenantId

Bindings = tuple[Binding, ...]


class Registrations:
    """A refresh that changes nothing but the expiry touches one entry and leaves `changed` alone.

    A binding waits in the heap once: when its time comes and it was refreshed, it is put back with the later time.
    """

    def __init__(self, book: PhoneBook) -> None:
        self._book = book
        self._bindings: dict[PhoneId, Bindings] = {}
        self._flows: dict[Flow, dict[PhoneId, int]] = {}
        self._hosts: dict[str, int] = {}
        self._by_contact: dict[str, PhoneId] = {}  # of who can be reached by connections of its own only
        self._heap: list[tuple[float, PhoneId, str]] = []
        self._waiting: dict[tuple[PhoneId, str], float] = {}
        self.changed: dict[PhoneId, None] = {}  # to be saved and told of; drained by who does it

    def __len__(self) -> int:
        return len(self._bindings)

    def of(self, phone: PhoneId) -> Bindings:
        """The live bindings, the latest first."""
        return self._bindings.get(phone, ())

    def is_registered(self, phone: PhoneId) -> bool:
        """Whether a call can be sent to it."""
        return phone in self._bindings

    def places(self, tenant: TenantId, user: str) -> list[Place]:
        """Where the telephone of this name can be called: by preference (q), then the latest first."""
        phone = self._book.of_tenant(tenant, user)
        if phone is None:
            return []
        return self.places_of(phone.phone)

    def places_of(self, phone: PhoneId) -> list[Place]:
        """Where it can be called: by preference (q), then the latest first."""
        return [place_of(binding) for binding in sorted(self.of(phone), key=lambda binding: -binding.q)]

    def has_flow(self, flow: Flow) -> bool:
        """Whether a telephone is registered by way of `flow`."""
        return flow in self._flows

    def way_to(self, contact: str) -> Flow | None:
        """The connection of a browser with this Contact, whose random name nobody but the browser and we know."""
        try:
            key = contact_key(Uri.parse(contact))
        except SipError:
            return None
        phone = self._by_contact.get(key)
        found = self.of(phone) if phone is not None else ()
        return next((one.flow for one in found if contact_key(Uri.parse(one.uri)) == key), None)

    def has_host(self, host: str) -> bool:
        """Whether a telephone is registered from this address."""
        return host in self._hosts

    def put(self, phone: PhoneId, bindings: Bindings) -> None:
        """Take these in place of the former ones."""
        former = self._bindings.get(phone, ())
        if bindings:
            self._bindings[phone] = bindings
        else:
            self._bindings.pop(phone, None)
        if len(former) != len(bindings) or not all(map(_is_refresh_of, bindings, former)):
            if bool(former) != bool(bindings) or _saved(former) != _saved(bindings):
                self.changed[phone] = None
            self._count_flows(phone, former, bindings)
        for binding in bindings:
            self._wait(phone, binding)

    def drop(self, phones: Iterable[PhoneId]) -> None:
        """Forget all bindings of telephones that were revoked."""
        for phone in phones:
            if phone in self._bindings:
                self.put(phone, ())

    def flow_closed(self, flow: Flow) -> None:
        """A connection is gone: only who can be connected to stays."""
        for phone in list(self._flows.get(flow, ())):
            left = (without_flow(one, flow) if one.flow == flow else one for one in self.of(phone))
            self.put(phone, tuple(binding for binding in left if binding is not None))

    # --- time ---

    def next_expiry(self) -> float | None:
        """When to call `expire`."""
        return self._heap[0][0] if self._heap else None

    def expire(self, now: float) -> None:
        """Forget what was not refreshed in time."""
        while self._heap and self._heap[0][0] <= now:
            when, phone, key = heapq.heappop(self._heap)
            if self._waiting.get((phone, key)) != when:
                continue  # an earlier time took its place
            del self._waiting[phone, key]
            bindings = self.of(phone)
            due = next((one for one in bindings if one.key == key), None)
            if due is None:
                continue
            if due.expires_at <= now:
                self.put(phone, tuple(one for one in bindings if one.key != key))
            else:
                self._wait(phone, due)

    def _wait(self, phone: PhoneId, binding: Binding) -> None:
        entry = (phone, binding.key)
        if binding.expires_at < self._waiting.get(entry, math.inf):
            self._waiting[entry] = binding.expires_at
            heapq.heappush(self._heap, (binding.expires_at, *entry))

    # --- saving ---

    def saved(self, phone: PhoneId) -> Bindings:
        """What outlives the process. Times are left out, so that a refresh writes nothing; see `restore`.

        Connections do not outlive it: who can only be reached by one is left out, and has to register again.
        """
        return _saved(self.of(phone))

    def restore(self, phone: PhoneId, saved: Bindings, now: float) -> None:
        """Go on with what another process saved: for one interval, in which the telephone shows whether it lives."""
        self.put(phone, tuple(replace(one, expires_at=now + one.seconds, made_at=now) for one in saved))
        self.changed.pop(phone, None)

    # --- flows ---

    def _count_flows(self, phone: PhoneId, former: Bindings, bindings: Bindings) -> None:
        before = [binding.flow for binding in former]
        after = [binding.flow for binding in bindings]
        if before == after:
            return
        for contact in _contacts_of_browsers(former):
            self._by_contact.pop(contact, None)
        for contact in _contacts_of_browsers(bindings):
            self._by_contact[contact] = phone
        for flow in after:
            if flow is not None:
                of_flow = self._flows.setdefault(flow, {})
                of_flow[phone] = of_flow.get(phone, 0) + 1
                self._hosts[flow.remote.host] = self._hosts.get(flow.remote.host, 0) + 1
        for flow in before:
            if flow is not None:
                self._leave(phone, flow)

    def _leave(self, phone: PhoneId, flow: Flow) -> None:
        of_flow = self._flows[flow]
        of_flow[phone] -= 1
        if not of_flow[phone]:
            del of_flow[phone]
        if not of_flow:
            del self._flows[flow]
        host = flow.remote.host
        self._hosts[host] -= 1
        if not self._hosts[host]:
            del self._hosts[host]


def _contacts_of_browsers(bindings: Bindings) -> list[str]:
    return [
        contact_key(Uri.parse(one.uri)) for one in bindings if one.flow is not None and one.flow.transport in ONE_WAY
    ]


_lasting = attrgetter("uri", "seconds", "flow", "key", "q", "path", "instance", "reg_id", "supports", "user_agent")


def _is_refresh_of(fresh: Binding, former: Binding) -> bool:
    """Whether nothing is new but the times and the request that brought them."""
    return _lasting(fresh) == _lasting(former)


def _saved(bindings: Bindings) -> Bindings:
    return tuple(saved for binding in bindings if (saved := _skeleton(binding)) is not None)


def _skeleton(binding: Binding) -> Binding | None:
    flow = binding.flow
    left = binding if flow is None or not flow.reliable else without_flow(binding, flow)
    return None if left is None else replace(left, cseq=0, call_id="", expires_at=0.0, made_at=0.0)
