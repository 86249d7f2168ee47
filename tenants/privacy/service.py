"""Use cases: how long data is kept, what is held, and what a person asks for."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kernel.contracts.personal import Person, PersonalRecord
from kernel.primitives.errors import Conflict, InvalidInput, NotFound, RevisionMismatch
from kernel.primitives.ids import QueueId
from kernel.primitives.phone import PhoneNumber
from tenants.directory.checks import Checks
from tenants.directory.sealing import SecretBox
from tenants.privacy.errors import PersonOnHold, ThingOnHold
from tenants.privacy.holds import HoldKind, LegalHold
from tenants.privacy.model import JobKind, PrivacyJob
from tenants.privacy.repository import HoldRepository, JobRepository, RetentionRepository
from tenants.privacy.retention import Policy, check_policy, policy_of
from tenants.unit import TenantUnit

REASON_LENGTH = 1000
FINGERPRINT_DIGITS = 32  # 128 bits: two people never share one
JOBS = "privacy.jobs"
"""Emitted when a job is waiting."""


def person_of(phone: str | None, email: str | None) -> Person:
    """InvalidInput unless at least one is given and all that is given can be read."""
    checks = Checks()
    checks.require(bool(phone or email), "phone", "missing", "a telephone number, an e-mail address, or both")
    number: PhoneNumber | None = None
    if phone:
        try:
            number = PhoneNumber.parse(phone)
        except ValueError as error:
            checks.wrong("phone", "not_a_number", str(error))
    if email:
        checks.email("email", email)
    checks.done()
    return Person(phones=() if number is None else (number,), emails=(email.lower(),) if email else ())


def fingerprint(secrets: SecretBox, person: Person) -> str:
    """Tells in the audit that it was the same person, and tells nobody who."""
    known = sorted([*(number.e164 for number in person.phones), *person.emails])
    return secrets.digest("\x00".join(known).encode(), "person").hex()[:FINGERPRINT_DIGITS]


class PrivacyService:
    def __init__(self, unit: TenantUnit, secrets: SecretBox) -> None:
        self._unit = unit
        self._secrets = secrets
        self._retention = RetentionRepository(unit.session, unit.scope)
        self._holds = HoldRepository(unit.session, unit.scope)
        self._jobs = JobRepository(unit.session, unit.scope)

    # --- how long ---

    async def policy(self) -> tuple[Policy, int]:
        return await self._retention.policy()

    async def set_policy(
        self,
        days: Mapping[str, int],
        queues: Mapping[UUID, Mapping[str, int]],
        known: set[QueueId],
        expected: int | None,
    ) -> tuple[Policy, int]:
        """InvalidInput, RevisionMismatch; `known` are the tenant's queues."""
        old, revision = await self._retention.policy()
        if expected is not None and expected != revision:
            raise RevisionMismatch("Read it again, then repeat your change.")
        policy = policy_of(days, queues)
        check_policy(policy, known)
        await self._retention.replace(policy, revision)
        shown = {kind.value: [old.days[kind], policy.days[kind]] for kind in policy.days}
        changed = {kind: days for kind, days in shown.items() if days[0] != days[1]}
        await self._unit.audit("retention.changed", None, days=changed, queues=sorted(map(str, policy.queues)))
        return policy, revision + 1

    # --- what is held ---

    async def holds(self, before: UUID | None, limit: int) -> Sequence[LegalHold]:
        return await self._holds.page(before, limit)

    async def hold(self, key: UUID) -> LegalHold:
        hold = await self._holds.get(key)
        if hold is None:
            raise NotFound("There is no such hold.")
        return hold

    async def hold_thing(self, kind: HoldKind, subject: UUID, reason: str) -> LegalHold:
        """A call with all that was kept of it, or one recording."""
        return await self._set(kind, subject, "", reason)

    async def hold_person(self, person: Person, reason: str) -> LegalHold:
        known = [*(number.e164 for number in person.phones), *person.emails]
        if len(known) != 1:
            raise InvalidInput("Hold one number or one e-mail address at a time.")
        return await self._set(HoldKind.PERSON, None, known[0], reason)

    async def _set(self, kind: HoldKind, subject: UUID | None, value: str, reason: str) -> LegalHold:
        checks = Checks()
        checks.name("reason", reason, REASON_LENGTH)
        checks.done()
        hold = LegalHold(
            id=self._unit.new_id(),
            kind=kind,
            subject=subject,
            value=value,
            reason=reason,
            set_by=self._unit.origin.user,
            set_at=self._unit.now,
        )
        await self._holds.add(hold)
        await self._unit.audit("hold.set", hold.id, kind=kind.value, of=None if subject is None else str(subject))
        return hold

    async def lift(self, key: UUID) -> None:
        """NotFound; Conflict when it was lifted before. What it held is looked at with the next sweep."""
        hold = await self.hold(key)
        if hold.lifted_at is not None:
            raise Conflict("It was lifted before.")
        await self._holds.lift(hold, self._unit.origin.user, self._unit.now)
        await self._retention.look_again()
        await self._unit.audit("hold.lifted", key, kind=hold.kind.value)

    async def let_erase(self, record: PersonalRecord, action: str) -> None:
        """Write down that this one thing is erased by hand. ThingOnHold."""
        held = [str(hold.id) for hold in await self._holds.in_force() if hold.holds(record)]
        if held:
            raise ThingOnHold("Ask whoever set the hold whether it can be lifted.", holds=held)
        await self._unit.audit(action, record.id)

    # --- what a person asks for ---

    async def looked_up(self, person: Person, found: Mapping[str, int]) -> Sequence[LegalHold]:
        """Write down that somebody looked; returns the holds on the person."""
        told = fingerprint(self._secrets, person)
        await self._unit.audit("person.looked_up", None, person=told, found=dict(found))
        return [hold for hold in await self._holds.in_force() if hold.holds_person(person)]

    async def request(self, kind: JobKind, person: Person) -> PrivacyJob:
        """PersonOnHold when it is to be erased and is held."""
        if kind is JobKind.ERASURE:
            require_free(await self._holds.in_force(), person)
        job = PrivacyJob(
            id=self._unit.new_id(),
            tenant=self._unit.scope.tenant,
            kind=kind,
            person=person,
            fingerprint=fingerprint(self._secrets, person),
            origin=self._unit.origin,
            requested_at=self._unit.now,
        )
        await self._jobs.add(job)
        await self._unit.audit(f"person.{kind}_requested", job.id, person=job.fingerprint)
        self._unit.emit(JOBS, job.id.bytes)
        return job

    async def jobs(self, before: UUID | None, limit: int) -> Sequence[PrivacyJob]:
        return await self._jobs.page(before, limit)

    async def job(self, key: UUID) -> PrivacyJob:
        job = await self._jobs.get(key)
        if job is None:
            raise NotFound("There is no such job.")
        return job


def require_free(holds: Sequence[LegalHold], person: Person) -> None:
    """PersonOnHold when one of them holds the person."""
    found = [str(hold.id) for hold in holds if hold.holds_person(person)]
    if found:
        raise PersonOnHold("Ask whoever set the hold whether it can be lifted.", holds=found)
