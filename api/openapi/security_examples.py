"""Examples of bodies about logging in: second factor, sessions, single sign-on, keys and clients of machines."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from api.auth.policy import SecondFactorRule
from api.schemas.common import Body, Input
from api.schemas.machines import (
    AccessTokenBody,
    ApiKeyBody,
    ApiKeyInput,
    NewApiKeyBody,
    NewOAuthClientBody,
    OAuthClientBody,
    OAuthClientInput,
    OAuthMetadata,
    RotationInput,
)
from api.schemas.session import (
    CodeInput,
    EnrolmentBody,
    LoginPolicyBody,
    LoginPolicyChange,
    OpenSessionBody,
    PasswordAndCode,
    PasswordChange,
    PasswordInput,
    RecoveryCodes,
    SecondFactorBody,
    SecondStep,
    SessionOpened,
    SessionTenant,
    SessionUser,
    TicketInput,
)
from api.schemas.sign_on import (
    IdentityProviderBody,
    IdentityProviderChange,
    IdentityProviderInput,
    SignOnChoice,
    SignOnChoices,
)
from kernel.primitives.ids import TenantId
from tenants.directory import Permission, Role

_USER = UUID("0198c0de-0000-7000-8000-000000000001")
_TENANT = TenantId(UUID("0198c0de-0000-7000-8000-000000000002"))
_SESSION = UUID("0198c0de-0000-7000-8000-000000000401")
_KEY = UUID("0198c0de-0000-7000-8000-000000000402")
_CLIENT = UUID("0198c0de-0000-7000-8000-000000000403")
_PROVIDER = UUID("0198c0de-0000-7000-8000-000000000404")
_MAKER = UUID("0198c0de-0000-7000-8000-000000000405")
_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_LATER = _AT + timedelta(days=90)
_PASSWORD = "the present password"  # noqa: S105 (an example)
_TICKET = "uJ0n4Yh3mE7qXvK2sW9dLr5tBz8cPaFgQ1iOo6NyVeM"
_MAY = (Permission.CONTACTS_READ, Permission.QUEUES_READ)
_CODES = ("k7m2p-x9qwe", "a4b8n-c2d6f", "r9w3z-u5t7y")
_HINT = "cb_live_Zt4Q"


BODIES: tuple[Body | Input, ...] = (
    SessionOpened(
        user=SessionUser(id=_USER, email="dana@example.org", name="Dana", roles=(Role.AGENT,)),
        tenant=SessionTenant(id=_TENANT, name="Example", time_zone="Europe/London", currency="GBP", locale="en-GB"),
    ),
    SecondStep(ticket=_TICKET, code="287082"),
    TicketInput(ticket=_TICKET),
    EnrolmentBody(
        secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",  # noqa: S106 (an example)
        uri="otpauth://totp/Cordboard:dana%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Cordboard",
        qr_svg='<svg xmlns="http://www.w3.org/2000/svg"/>',
    ),
    PasswordChange(old_password=_PASSWORD, new_password="a whole new password"),  # noqa: S106 (an example)
    PasswordInput(password=_PASSWORD),
    CodeInput(code="287082"),
    PasswordAndCode(password=_PASSWORD, code="287082"),
    SecondFactorBody(since=None, recovery_codes_left=0, required=False),
    RecoveryCodes(recovery_codes=_CODES),
    OpenSessionBody(
        id=_SESSION,
        created_at=_AT,
        last_seen_at=_AT,
        expires_at=_AT + timedelta(hours=12),
        address="192.0.2.10",
        agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
        method="second_factor",
        current=True,
    ),
    LoginPolicyBody(
        second_factor=SecondFactorRule.OPTIONAL, second_factor_roles=(Role.OWNER, Role.ADMIN), sign_on_only=False
    ),
    LoginPolicyChange(second_factor_roles=(Role.OWNER, Role.ADMIN)),
    IdentityProviderBody(
        id=_PROVIDER,
        name="Example ID",
        issuer="https://id.example",
        client_id="cordboard",
        has_secret=True,
        domains=("example.org",),
        default_role=Role.AGENT,
    ),
    IdentityProviderInput(
        name="Example ID",
        issuer="https://id.example",
        client_id="cordboard",
        domains=("example.org",),
        client_secret="as the issuer gave it",  # noqa: S106 (an example)
        default_role=Role.AGENT,
    ),
    IdentityProviderChange(name="Example ID"),
    SignOnChoices(providers=(SignOnChoice(id=_PROVIDER, name="Example ID", start=f"/v1/sign-on/{_PROVIDER}/start"),)),
    ApiKeyBody(
        id=_KEY,
        user_id=_MAKER,
        name="Nightly import",
        hint=_HINT,
        permissions=_MAY,
        created_at=_AT,
        expires_at=_LATER,
        last_used_at=_AT,
        last_used_address="192.0.2.80",
        revoked_at=None,
    ),
    NewApiKeyBody(
        id=_KEY,
        user_id=_MAKER,
        name="Nightly import",
        hint=_HINT,
        permissions=_MAY,
        created_at=_AT,
        expires_at=_LATER,
        last_used_at=None,
        last_used_address=None,
        revoked_at=None,
        key=f"{_HINT}…",
    ),
    ApiKeyInput(name="Nightly import", permissions=_MAY),
    RotationInput(overlap_seconds=3600),
    OAuthClientBody(
        id=_CLIENT,
        name="Warehouse",
        permissions=_MAY,
        created_at=_AT,
        created_by=_MAKER,
        last_used_at=_AT,
        last_used_address="192.0.2.80",
    ),
    NewOAuthClientBody(
        id=_CLIENT,
        name="Warehouse",
        permissions=_MAY,
        created_at=_AT,
        created_by=_MAKER,
        last_used_at=None,
        last_used_address=None,
        client_secret="cb_secret_…",  # noqa: S106 (an example)
    ),
    OAuthClientInput(name="Warehouse", permissions=_MAY),
    AccessTokenBody(
        access_token="cb_access_…",  # noqa: S106 (an example)
        token_type="Bearer",  # noqa: S106 (an example)
        expires_in=900,
        scope="contacts.read queues.read",
    ),
    OAuthMetadata(
        issuer="https://desk.example.com",
        token_endpoint="https://desk.example.com/v1/oauth/token",  # noqa: S106 (an example)
        token_endpoint_auth_methods_supported=("client_secret_basic", "client_secret_post"),
        grant_types_supported=("client_credentials",),
        response_types_supported=(),
        scopes_supported=("contacts.read", "queues.read"),
        service_documentation="https://desk.example.com/v1/docs",
    ),
)

TEXTS = {
    "get_access_token": f"grant_type=client_credentials&client_id={_CLIENT}&client_secret=cb_secret_&scope=queues.read"
}

PATH_IDS = {
    "sessions": _SESSION,
    "api-keys": _KEY,
    "oauth-clients": _CLIENT,
    "identity-providers": _PROVIDER,
    "sign-on": _PROVIDER,
}

PARAMETERS = {"email": "dana@example.org"}
