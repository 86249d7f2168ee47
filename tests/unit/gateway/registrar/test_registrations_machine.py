"""Registrations against a plain model: whatever comes, in whatever order."""

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.registrar.binding import Binding
from gateway.registrar.registration import MAX_BINDINGS, Registration, Wish, apply
from gateway.sip.errors import SipError
from gateway.sip.flow import Flow
from gateway.sip.name_addr import NameAddr
from kernel.contracts.directory import PhoneConfig
from kernel.primitives.ids import PhoneId
from tests.unit.gateway.registrar.rig import ALICE, ONE, OTHER_ALICE, PHONES, TWO, Site, flow

FLOWS = (flow(), flow(6000), flow(40000, transport="TCP"), flow(40001, transport="WSS"))


class RegistrationsMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.site = Site()
        self.now = 0.0
        self.model: dict[tuple[PhoneId, str], tuple[float, Flow]] = {}

    @rule(
        config=st.sampled_from(PHONES),
        users=st.lists(st.sampled_from("abcdefghijkl"), max_size=4, unique=True),
        seconds=st.sampled_from([0, 60, 600]),
        call_id=st.sampled_from(["c1", "c2"]),
        cseq=st.integers(1, 50),
        one=st.sampled_from(FLOWS),
    )
    def register(self, config: PhoneConfig, users: list[str], seconds: int, call_id: str, cseq: int, one: Flow) -> None:
        wishes = tuple(Wish(NameAddr.of(f"sip:{user}@10.0.0.1"), user, seconds, 1000, "", None) for user in users)
        wanted = Registration(
            wishes=wishes,
            everything=False,
            call_id=call_id,
            cseq=cseq,
            flow=one,
            path=(),
            supports=(),
            user_agent="",
        )
        before = self.site.registrations.of(config.phone)
        try:
            after = apply(before, wanted, self.now)
        except SipError:
            assert any(b.call_id == call_id and b.cseq >= cseq and b.key in users for b in before)
            return
        self.site.registrations.put(config.phone, after)
        for user in users:
            self.model.pop((config.phone, user), None)
            if seconds:
                self.model[config.phone, user] = (self.now + seconds, one)
        for key in [key for key in self.model if key[0] == config.phone]:
            if key[1] not in {binding.key for binding in after}:
                assert len(after) == MAX_BINDINGS
                del self.model[key]

    @rule(seconds=st.sampled_from([1, 59, 60, 700]))
    def wait(self, seconds: int) -> None:
        self.now += seconds
        self.site.registrations.expire(self.now)
        self.model = {key: entry for key, entry in self.model.items() if entry[0] > self.now}

    @rule(one=st.sampled_from(FLOWS[2:]))
    def close(self, one: Flow) -> None:
        self.site.registrations.flow_closed(one)
        self.model = {key: entry for key, entry in self.model.items() if entry[1] != one}

    @rule(tenant=st.sampled_from([ONE, TWO]))
    def revoke(self, tenant: object) -> None:
        gone = [config.phone for config in PHONES if config.tenant == tenant]
        self.site.registrations.drop(gone)
        self.model = {key: entry for key, entry in self.model.items() if key[0] not in gone}

    def live(self, phone: PhoneId) -> dict[str, Binding]:
        return {binding.key: binding for binding in self.site.registrations.of(phone)}

    @invariant()
    def bindings_are_those_of_the_model(self) -> None:
        for config in PHONES:
            expected = {key[1]: entry for key, entry in self.model.items() if key[0] == config.phone}
            found = {key: (one.expires_at, one.flow) for key, one in self.live(config.phone).items()}
            assert found == expected

    @invariant()
    def flows_are_known_as_long_as_a_binding_has_them(self) -> None:
        used = {entry[1] for entry in self.model.values()}
        assert {one for one in FLOWS if self.site.registrations.has_flow(one)} == used
        assert self.site.registrations.has_host("198.51.100.7") == bool(used)

    @invariant()
    def the_next_expiry_is_never_too_late(self) -> None:
        due = self.site.registrations.next_expiry()
        first = min((entry[0] for entry in self.model.values()), default=None)
        assert first is None or (due is not None and due <= first)

    @invariant()
    def tenants_do_not_see_each_other(self) -> None:
        assert bool(self.site.registrations.places(ONE, "alice")) == bool(self.live(ALICE.phone))
        assert bool(self.site.registrations.places(TWO, "alice")) == bool(self.live(OTHER_ALICE.phone))


TestRegistrations = RegistrationsMachine.TestCase
TestRegistrations.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
