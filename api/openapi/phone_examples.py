"""Examples of bodies about telephones."""

from datetime import UTC, datetime
from uuid import UUID

from api.schemas.agent_telephones import AgentTelephoneBody, AgentTelephoneInput, AgentTelephoneList
from api.schemas.certificates import TlsCertificateBody
from api.schemas.common import Body, Input
from api.schemas.phones import (
    DomainCertificateBody,
    DomainCertificateInput,
    NewPhoneBody,
    PhoneBody,
    PhoneChange,
    PhoneContactBody,
    PhoneDomainBody,
    PhoneDomainInput,
    PhoneInput,
    PhoneSecretInput,
    ProvisioningBody,
)
from tenants.directory.telephones import TelephoneMode

_USER = UUID("0198c0de-0000-7000-8000-000000000001")
_DOMAIN = UUID("0198c0de-0000-7000-8000-000000000501")
_PHONE = UUID("0198c0de-0000-7000-8000-000000000502")
_NAME = "phones.example.org"
_ISSUER = "CN=Example CA,O=Example Ltd"
_CHAIN = "-----BEGIN CERTIFICATE-----…"
_CONTACT = PhoneContactBody(
    uri="sip:dana@192.0.2.80:5060",
    address="192.0.2.80",
    transport="UDP",
    user_agent="snomD785/10.1.175.16",
    granted_seconds=600,
)

_TELEPHONE = AgentTelephoneBody(user_id=_USER, phone="dana", number=None, only=False, mode=TelephoneMode.EACH_CALL)

BODIES: tuple[Body | Input, ...] = (
    PhoneDomainBody(id=_DOMAIN, domain=_NAME),
    PhoneDomainInput(domain=_NAME),
    DomainCertificateInput(certificate=_CHAIN, key="-----BEGIN PRIVATE KEY-----…"),
    TlsCertificateBody(
        names=(_NAME,),
        issuer=_ISSUER,
        valid_from=datetime(2026, 12, 1, tzinfo=UTC),
        expires_at=datetime(2027, 3, 1, tzinfo=UTC),
    ),
    DomainCertificateBody(
        certificate=_CHAIN,
        names=(_NAME,),
        issuer=_ISSUER,
        valid_from=datetime(2026, 12, 1, tzinfo=UTC),
        expires_at=datetime(2027, 3, 1, tzinfo=UTC),
        shown_for=(_NAME,),
    ),
    _CONTACT,
    PhoneBody(
        id=_PHONE, user_id=_USER, name="dana", domain=_NAME, algorithm="MD5", may_transfer=True, contacts=(_CONTACT,)
    ),
    _TELEPHONE,
    AgentTelephoneInput(phone="dana"),
    AgentTelephoneList(agents=(_TELEPHONE,)),
    PhoneInput(user_id=_USER, domain_id=_DOMAIN, name="dana"),
    PhoneChange(may_transfer=False),
    PhoneSecretInput(algorithm="SHA-256"),
    ProvisioningBody(file_name="accounts", content_type="text/plain", text="<sip:dana@phones.example.org>;auth_pass=…"),
    NewPhoneBody(
        id=_PHONE,
        user_id=_USER,
        name="dana",
        domain=_NAME,
        algorithm="MD5",
        may_transfer=True,
        contacts=(),
        secret="k7Wm2p…",  # noqa: S106 (an example)
        provisioning=None,
    ),
)

PATH_IDS = {"phone-domains": _DOMAIN, "phones": _PHONE, "agent-telephones": _USER}
