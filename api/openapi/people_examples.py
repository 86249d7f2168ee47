"""Examples of bodies about people: roles, departments, teams, grants, a provider's clients."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from api.schemas.common import Body, Input
from api.schemas.departments import (
    DepartmentBody,
    DepartmentChange,
    DepartmentInput,
    TeamBody,
    TeamChange,
    TeamInput,
)
from api.schemas.grants import GrantAcceptance, GrantBody, GrantInput, GrantRequest, MyGrantBody, MyGrantsBody
from api.schemas.provider import ClientBody, ClientChange, ClientInput, OwnerInput, ProviderBody, ProviderChange
from api.schemas.roles import PermissionBody, PermissionsBody, RoleBody, RoleChange, RoleInput
from api.schemas.users import Acceptance, InvitationBody, UserBody, UserChange, UserInput
from tenants.directory import Permission, Role
from tenants.directory.grants import GrantState

USER = UUID("0198c0de-0000-7000-8000-000000000001")
TENANT = UUID("0198c0de-0000-7000-8000-000000000002")
_ROLE = UUID("0198c0de-0000-7000-8000-000000000101")
_DEPARTMENT = UUID("0198c0de-0000-7000-8000-000000000102")
_TEAM = UUID("0198c0de-0000-7000-8000-000000000103")
_GRANT = UUID("0198c0de-0000-7000-8000-000000000104")
_PROVIDER = UUID("0198c0de-0000-7000-8000-000000000105")
_CLIENT = UUID("0198c0de-0000-7000-8000-000000000106")
_GUEST = UUID("0198c0de-0000-7000-8000-000000000107")
_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_UNTIL = _AT + timedelta(days=30)
_TOKEN = "uJ0n4Yh3mE7qXvK2sW9dLr5tBz8cPaFgQ1iOo6NyVeM"  # noqa: S105 (an example)
_AUDITOR = (Permission.USERS_READ, Permission.AUDIT_READ)

BODIES: tuple[Body | Input, ...] = (
    UserBody(
        id=USER,
        email="dana@example.org",
        name="Dana",
        roles=(Role.AGENT,),
        custom_roles=(_ROLE,),
        department_id=_DEPARTMENT,
        active=True,
    ),
    UserInput(
        email="robin@example.org",
        name="Robin",
        password="correct horse battery staple",  # noqa: S106 (an example)
        roles=(Role.AGENT,),
        custom_roles=(_ROLE,),
        department_id=_DEPARTMENT,
    ),
    UserChange(roles=(Role.AGENT, Role.SUPERVISOR)),
    InvitationBody(user_id=USER, token=_TOKEN, expires_at=_AT + timedelta(days=7)),
    Acceptance(token=_TOKEN, password="correct horse battery staple"),  # noqa: S106 (an example)
    PermissionsBody(
        items=(PermissionBody(code=Permission.USERS_READ, meaning=Permission.USERS_READ.meaning, held=True),)
    ),
    RoleBody(id=_ROLE, name="Auditor", description="Looks at everything", permissions=_AUDITOR),
    RoleInput(name="Inspector", description="Looks at what happened", permissions=_AUDITOR),
    RoleChange(description="Looks at people and what they did"),
    DepartmentBody(id=_DEPARTMENT, name="Service", parent_id=None),
    DepartmentInput(name="Service"),
    DepartmentChange(name="Customer service"),
    TeamBody(id=_TEAM, name="Early shift", department_id=_DEPARTMENT, members=(USER,), leads=()),
    TeamInput(name="Late shift", department_id=_DEPARTMENT),
    TeamChange(name="Morning shift"),
    GrantBody(
        id=_GRANT,
        state=GrantState.LIVE,
        client_id=TENANT,
        client_name="Example",
        user_id=_GUEST,
        user_name="Toni",
        provider_role=None,
        roles=(Role.AGENT,),
        extra_permissions=(),
        permissions=(Permission.TENANT_READ, Permission.QUEUES_READ, Permission.CALLS_READ_OWN, Permission.DESK_WORK),
        until=_UNTIL,
        reason="Takes calls in the evening",
        asked_at=_AT,
        asked_by=USER,
        given_at=_AT,
        given_by=USER,
        closed_at=None,
        closed_by=None,
        last_used_at=_AT,
        last_used_by=_GUEST,
        last_used_by_name="Toni",
    ),
    GrantInput(email="toni@provider.example", roles=(Role.AGENT,), until=_UNTIL, reason="Takes calls in the evening"),
    GrantAcceptance(until=_UNTIL - timedelta(days=10)),
    GrantRequest(
        client_id=_CLIENT, user_id=USER, roles=(Role.AGENT,), until=_UNTIL, reason="Takes calls in the evening"
    ),
    MyGrantsBody(
        items=(
            MyGrantBody(
                id=_GRANT,
                client_id=_CLIENT,
                client_name="Client",
                roles=(Role.AGENT,),
                permissions=(Permission.TENANT_READ, Permission.DESK_WORK),
                until=_UNTIL,
            ),
        )
    ),
    ProviderBody(id=_PROVIDER, name="Provider", home_tenant_id=TENANT),
    ProviderChange(name="The provider"),
    ClientBody(
        id=_CLIENT,
        name="Client",
        time_zone="Europe/London",
        currency="GBP",
        locale="en-GB",
        closed_at=None,
        closed_reason=None,
    ),
    ClientInput(
        name="Another client",
        owner=OwnerInput(email="owner@client.example", name="Kim"),
        time_zone="Europe/London",
        currency="GBP",
        price_per_seat_minor=4900,
        seats=10,
    ),
    ClientChange(name="The client"),
)

PATH_IDS: dict[str, UUID] = {
    "clients": _CLIENT,
    "departments": _DEPARTMENT,
    "grants": _GRANT,
    "roles": _ROLE,
    "teams": _TEAM,
}
