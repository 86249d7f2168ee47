"""Which things are due, which are held, and what a certificate says of them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.personal import DataKind, Person, PersonalRecord
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import CallId, QueueId
from kernel.primitives.phone import PhoneNumber
from tenants.privacy.certificate import Erased, Kept, as_text, certificate, digest
from tenants.privacy.holds import HoldKind, LegalHold, holding, masked
from tenants.privacy.retention import BOUNDS, BY_QUEUE, Policy, check_policy, policy_of
from tenants.privacy.service import person_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SALES, SERVICE = QueueId(UUID(int=1)), QueueId(UUID(int=2))
CALL = CallId(UUID(int=3))
CALLER = PhoneNumber("+442079460018")


def record(
    kind: DataKind = DataKind.CALLS, days: float = 0.0, queue: QueueId | None = None, busy: bool = False
) -> PersonalRecord:
    return PersonalRecord(
        kind=kind,
        id=UUID(int=9),
        at=NOW - timedelta(days=days),
        person=Person(phones=(CALLER,)),
        call=CALL,
        queue=queue,
        busy=busy,
    )


def hold(kind: HoldKind, subject: UUID | None = None, value: str = "") -> LegalHold:
    return LegalHold(id=UUID(int=7), kind=kind, subject=subject, value=value, reason="case 12", set_by=None, set_at=NOW)


class TestRetention:
    @given(st.sampled_from(DataKind), st.sampled_from([None, SALES, SERVICE]), st.data())
    def test_something_is_due_exactly_from_the_end_of_its_time_on(
        self, kind: DataKind, queue: QueueId | None, data: st.DataObject
    ) -> None:
        days = {each: data.draw(st.integers(bounds.least, bounds.most)) for each, bounds in BOUNDS.items()}
        own = {each: data.draw(st.integers(BOUNDS[each].least, BOUNDS[each].most)) for each in BY_QUEUE}
        policy = Policy(days=days, queues={SALES: own})
        expected = own.get(kind, days[kind]) if queue == SALES else days[kind]
        assert policy.is_due(record(kind, expected, queue), NOW)
        assert not policy.is_due(record(kind, expected - 0.001, queue), NOW)
        assert policy.shortest(kind) <= timedelta(days=expected) <= policy.longest(kind)

    def test_a_call_that_goes_on_is_never_due(self) -> None:
        assert not Policy().is_due(record(days=9999, busy=True), NOW)

    def test_the_products_times_are_within_their_own_bounds(self) -> None:
        check_policy(Policy(), set())

    def test_every_wrong_field_is_named(self) -> None:
        policy = policy_of({"calls": 1, "notes": 9999}, {SALES: {"contacts": 90}})
        with pytest.raises(InvalidInput) as refused:
            check_policy(policy, set())
        fields = [problem["field"] for problem in refused.value.extra["errors"]]  # type: ignore[attr-defined]
        assert fields == ["days.calls", "days.notes", f"queues.{SALES}.contacts", "queues"]


class TestHolds:
    @pytest.mark.parametrize(
        ("one", "held"),
        [
            (hold(HoldKind.CALL, CALL), True),
            (hold(HoldKind.CALL, UUID(int=8)), False),
            (hold(HoldKind.PERSON, value=CALLER.e164), True),
            (hold(HoldKind.PERSON, value="+442079460019"), False),
            (hold(HoldKind.RECORDING, UUID(int=9)), False),
        ],
    )
    def test_what_it_holds_of_a_call(self, one: LegalHold, held: bool) -> None:
        assert one.holds(record()) is held

    def test_a_recording_is_held_by_itself_and_with_its_call(self) -> None:
        recording = record(DataKind.RECORDINGS)
        by_id, by_call = hold(HoldKind.RECORDING, UUID(int=9)), hold(HoldKind.CALL, CALL)
        assert by_id.holds(recording)
        assert holding([by_call, by_id], recording) is by_call
        assert holding([], recording) is None

    def test_a_contact_is_held_by_its_address(self) -> None:
        contact = PersonalRecord(
            kind=DataKind.CONTACTS, id=UUID(int=1), at=NOW, person=Person(emails=("dana@example.org",))
        )
        assert hold(HoldKind.PERSON, value="dana@example.org").holds(contact)
        assert not hold(HoldKind.CALL, CALL).holds(contact)

    def test_little_is_left_of_whom_it_held(self) -> None:
        assert masked(CALLER.e164) == "…18"


class TestCertificate:
    def told(self) -> dict[str, object]:
        erased = Erased(
            job=UUID(int=5),
            tenant="Example",
            person="ab12",
            requested_at=NOW,
            requested_by="Olive",
            finished_at=NOW,
            records=[record(), record(DataKind.NOTES)],
            kept=[Kept(record(DataKind.RECORDINGS), "legal hold 7")],
        )
        return certificate(erased)

    def test_its_hash_covers_all_of_it(self) -> None:
        told = self.told()
        assert told["sha256"] == digest(told)
        for name in told.keys() - {"sha256"}:
            assert digest(told | {name: "changed"}) != told["sha256"], name

    def test_a_person_can_read_it(self) -> None:
        text = as_text(self.told())
        assert "Erased: 1 calls" in text
        assert "Kept: recordings 00000000-0000-0000-0000-000000000009: legal hold 7" in text
        assert CALLER.e164 not in text


class TestPerson:
    def test_numbers_and_addresses_are_put_into_one_form(self) -> None:
        person = person_of("+44 20 7946 0018", "Dana@Example.org")
        assert person == Person(phones=(CALLER,), emails=("dana@example.org",))

    @pytest.mark.parametrize(("phone", "email"), [(None, None), ("12", None), (None, "nobody"), ("", "")])
    def test_what_names_nobody_is_refused(self, phone: str | None, email: str | None) -> None:
        with pytest.raises(InvalidInput):
            person_of(phone, email)
