"""Logging in and out."""

from datetime import datetime
from uuid import UUID

from msgspec import UNSET, UnsetType

from api.auth.policy import SecondFactorRule
from api.auth.sessions import Method
from api.schemas.common import Body, Input
from kernel.primitives.ids import TenantId
from tenants.directory import Role


class Credentials(Input, frozen=True):
    email: str
    password: str


class SessionUser(Body, frozen=True):
    id: UUID
    email: str
    name: str
    roles: tuple[Role, ...]


class SessionTenant(Body, frozen=True):
    id: TenantId
    name: str
    time_zone: str
    currency: str
    locale: str


class SessionBody(Body, frozen=True):
    user: SessionUser
    tenant: SessionTenant


class SecondStep(Input, frozen=True):
    """`code` of an authenticator, or one of the recovery codes."""

    ticket: str
    code: str | None = None
    recovery_code: str | None = None


class TicketInput(Input, frozen=True):
    ticket: str


class SessionOpened(SessionBody, frozen=True, omit_defaults=True):
    """`recovery_codes`: shown this once, where the log-in set up an authenticator."""

    recovery_codes: tuple[str, ...] = ()


class EnrolmentBody(Body, frozen=True):
    """For an authenticator: the secret to type, the URI behind the QR code, and the code as an SVG image."""

    secret: str
    uri: str
    qr_svg: str


class PasswordChange(Input, frozen=True):
    old_password: str
    new_password: str


class PasswordInput(Input, frozen=True):
    password: str


class CodeInput(Input, frozen=True):
    code: str


class PasswordAndCode(Input, frozen=True):
    """`code` of the authenticator, or one of the recovery codes."""

    password: str
    code: str | None = None
    recovery_code: str | None = None


class SecondFactorBody(Body, frozen=True):
    """`since` is null without a second factor; `required`: the tenant asks for one."""

    since: datetime | None
    recovery_codes_left: int
    required: bool


class RecoveryCodes(Body, frozen=True):
    """Shown this once; each is good for one log-in."""

    recovery_codes: tuple[str, ...]


class OpenSessionBody(Body, frozen=True):
    """`agent` is the User-Agent; `current`: the one that asks."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    agent: str
    method: Method
    current: bool


class LoginPolicyBody(Body, frozen=True):
    """`second_factor_roles` counts with `roles`; `sign_on_only`: passwords are good for owners alone."""

    second_factor: SecondFactorRule
    second_factor_roles: tuple[Role, ...]
    sign_on_only: bool


class LoginPolicyChange(Input, frozen=True):
    """Only what is present changes."""

    second_factor: SecondFactorRule | UnsetType = UNSET
    second_factor_roles: tuple[Role, ...] | UnsetType = UNSET
    sign_on_only: bool | UnsetType = UNSET
