"""What a handler works with: who asks, and one transaction at a time with the use cases bound to it."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from litestar import Request, Response

from api.auth.acting import Acting, origin_of
from api.auth.permissions import Rule
from api.auth.principal import Principal
from api.idempotency import Kept, reservation_of
from api.services import Services
from desk.contacts import ContactService
from insight.kept.service import IndicatorKeeping
from kernel.contracts.codec import to_json
from kernel.ports.unit_of_work import UnitOfWork
from kernel.primitives.ids import QueueId, UserId
from routing.library import CalendarService, CredentialService, FlowService, PromptService, RobotService
from tenants.audit import Origin
from tenants.billing import BillingService
from tenants.billing.invoices.dunning import DunningService
from tenants.billing.invoices.provider import ProviderInvoicing
from tenants.billing.invoices.repository import CreditNoteRepository, InvoiceRepository, RecipientRepository
from tenants.billing.invoices.service import InvoiceService
from tenants.billing.payments.repository import PaymentRepository
from tenants.directory import (
    AgentTelephoneService,
    CustomRoleService,
    DepartmentService,
    DomainCertificateService,
    MarkedCallerService,
    NumberService,
    PhoneService,
    QueueRepository,
    QueueService,
    SkillService,
    TeamRepository,
    TeamService,
    TenantService,
    TrunkService,
    UserRepository,
    UserService,
)
from tenants.directory.grants import GrantService
from tenants.directory.provider import ProviderConsole
from tenants.limits import LimitsService
from tenants.privacy import PrivacyService
from tenants.unit import TenantUnit

JSON = "application/json"

Answer = TypeVar("Answer")


class Unit:
    """The use cases of one transaction."""

    def __init__(self, uow: UnitOfWork, principal: Principal, origin: Origin, services: Services) -> None:
        self.tenant_unit = TenantUnit(uow, principal.scope, origin, services.clock, services.ids)
        self.uow = uow
        self._permissions = principal.permissions
        self._secrets = services.secrets
        self._lookups = services.lookups
        self._own_names = services.settings.own_names

    def new_id(self) -> UUID:
        return self.tenant_unit.new_id()

    @cached_property
    def tenant(self) -> TenantService:
        return TenantService(self.tenant_unit)

    @cached_property
    def limits(self) -> LimitsService:
        return LimitsService(self.tenant_unit)

    @cached_property
    def users(self) -> UserService:
        return UserService(self.tenant_unit, self._permissions)

    @cached_property
    def roles(self) -> CustomRoleService:
        return CustomRoleService(self.tenant_unit, self._permissions)

    @cached_property
    def departments(self) -> DepartmentService:
        return DepartmentService(self.tenant_unit)

    @cached_property
    def teams(self) -> TeamService:
        return TeamService(self.tenant_unit)

    @cached_property
    def skills(self) -> SkillService:
        return SkillService(self.tenant_unit)

    @cached_property
    def agent_telephones(self) -> AgentTelephoneService:
        return AgentTelephoneService(self.tenant_unit)

    @cached_property
    def marked_callers(self) -> MarkedCallerService:
        return MarkedCallerService(self.tenant_unit)

    @cached_property
    def console(self) -> ProviderConsole:
        """In a unit that is not bound to the tenant's rows."""
        return ProviderConsole(self.tenant_unit)

    @cached_property
    def grants(self) -> GrantService:
        """In a unit that is not bound to the tenant's rows."""
        return GrantService(self.tenant_unit, self._permissions)

    @cached_property
    def people(self) -> UserRepository:
        return UserRepository(self.uow.session, self.tenant_unit.scope)

    @cached_property
    def billing(self) -> BillingService:
        return BillingService(self.tenant_unit, self.people)

    @cached_property
    def invoices(self) -> InvoiceRepository:
        return InvoiceRepository(self.uow.session, self.tenant_unit.scope)

    @cached_property
    def credit_notes(self) -> CreditNoteRepository:
        return CreditNoteRepository(self.uow.session, self.tenant_unit.scope)

    @cached_property
    def recipient(self) -> RecipientRepository:
        return RecipientRepository(self.uow.session, self.tenant_unit.scope)

    @cached_property
    def payments(self) -> PaymentRepository:
        return PaymentRepository(self.uow.session, self.tenant_unit.scope)

    @cached_property
    def dunning(self) -> DunningService:
        return DunningService(self.tenant_unit)

    @cached_property
    def invoicing(self) -> InvoiceService:
        return InvoiceService(self.tenant_unit)

    @cached_property
    def provider_invoicing(self) -> ProviderInvoicing:
        """In a unit that is not bound to the tenant's rows."""
        return ProviderInvoicing(self.tenant_unit)

    @cached_property
    def contacts(self) -> ContactService:
        return ContactService(self.tenant_unit)

    @cached_property
    def privacy(self) -> PrivacyService:
        return PrivacyService(self.tenant_unit, self._secrets)

    @cached_property
    def indicators(self) -> IndicatorKeeping:
        return IndicatorKeeping(self.tenant_unit)

    @cached_property
    def queues(self) -> QueueService:
        return QueueService(self.tenant_unit)

    @cached_property
    def numbers(self) -> NumberService:
        return NumberService(self.tenant_unit)

    @cached_property
    def flows(self) -> FlowService:
        return FlowService(self.tenant_unit)

    @cached_property
    def calendars(self) -> CalendarService:
        return CalendarService(self.tenant_unit)

    @cached_property
    def prompts(self) -> PromptService:
        return PromptService(self.tenant_unit)

    @cached_property
    def flow_credentials(self) -> CredentialService:
        return CredentialService(self.tenant_unit, self._secrets)

    @cached_property
    def robots(self) -> RobotService:
        return RobotService(self.tenant_unit, self._secrets, self._lookups)

    @cached_property
    def phones(self) -> PhoneService:
        return PhoneService(self.tenant_unit, self._secrets)

    @cached_property
    def domain_certificates(self) -> DomainCertificateService:
        return DomainCertificateService(self.tenant_unit, self._secrets, self._own_names)

    @cached_property
    def trunks(self) -> TrunkService:
        return TrunkService(self.tenant_unit, self._secrets)


class Work:
    """One request of an authenticated user."""

    def __init__(self, services: Services, principal: Principal, rule: Rule, request: Request[Any, Any, Any]) -> None:
        self.services = services
        self.principal = principal
        self.rule = rule
        self._request = request
        self.origin = origin_of(request, principal)

    @property
    def only_own(self) -> bool:
        """Whether the permissions show only what is their own."""
        return self.rule.only_own(self.principal.permissions)

    async def led(self) -> frozenset[UserId] | None:
        """Whose work is shown to who sees only the teams that they lead; None: everybody's."""
        if not self.rule.only_team(self.principal.permissions):
            return None
        async with self.read() as unit:
            return await TeamRepository(unit.uow.session, self.principal.scope).led_by(self.principal.person)

    async def in_clients(self, operation: str) -> Sequence[Principal]:
        """The same person in each client that lets them do this. ProviderOnly."""
        return await Acting(self.services).everywhere(self._request, self.principal, operation, self.rule)

    async def own_queues(self) -> frozenset[QueueId] | None:
        """Those that one works in, for who sees only what is their own; None: all."""
        if not self.only_own:
            return None
        async with self.read() as unit:
            return await QueueRepository(unit.uow.session, self.principal.scope).worked_in(self.principal.person)

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[Unit]:
        async with self.services.database.write(self.principal.scope) as uow:
            yield self._unit(uow)

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[Unit]:
        async with self.services.database.read(self.principal.scope) as uow:
            yield self._unit(uow)

    @asynccontextmanager
    async def write_across(self) -> AsyncGenerator[Unit]:
        """Not bound to the tenant's rows: for what spans two tenants, or must be unlike what any other one has."""
        async with self.services.database.write() as uow:
            yield self._unit(uow)

    @asynccontextmanager
    async def read_across(self) -> AsyncGenerator[Unit]:
        async with self.services.database.read() as uow:
            yield self._unit(uow)

    def _unit(self, uow: UnitOfWork) -> Unit:
        return Unit(uow, self.principal, self.origin, self.services)

    async def create(
        self, do: Callable[[Unit], Awaitable[Response[Answer]]], *, across: bool = False
    ) -> Response[Answer]:
        """Do it in one transaction, in which the answer to a request with an Idempotency-Key is kept too.

        `across`: as `write_across`.
        """
        async with self.write_across() if across else self.write() as unit:
            answer = await do(unit)
            reservation = reservation_of(self._request)
            if reservation is not None:
                headers = {name: str(value) for name, value in answer.headers.items()}
                status = answer.status_code or self._request.route_handler.status_code
                await reservation.keep(unit.uow.session, Kept(status, headers, to_json(answer.content)))
        if reservation is not None:
            reservation.over = True
        return answer
