"""Telephones of agents that register with us, and their domains."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import UNSET, UnsetType

from api.schemas.certificates import TlsCertificateBody
from api.schemas.common import Body, Input
from gateway.registrar.provisioning import Format

Algorithm = Literal["MD5", "SHA-256", "SHA-512-256"]


class PhoneDomainBody(Body, frozen=True):
    """`certificate_expires_at`: when the first certificate of its own chain ends; null: the operator's is shown."""

    id: UUID
    domain: str
    certificate_expires_at: datetime | None = None


class PhoneDomainInput(Input, frozen=True):
    """The domain's SRV or address records have to lead to the gateway, unless telephones are told an outbound proxy."""

    domain: str


class DomainCertificateInput(Input, frozen=True):
    """A chain in PEM, the domain's own certificate first, and its private key, which is never told again."""

    certificate: str
    key: str


class DomainCertificateBody(TlsCertificateBody, frozen=True, kw_only=True):
    """`shown_for`: those domains of the tenant at which it is shown."""

    certificate: str
    shown_for: tuple[str, ...]


class PhoneContactBody(Body, frozen=True):
    """One place where a telephone is registered; `address` is what its messages come from."""

    uri: str
    address: str | None
    transport: str | None
    user_agent: str
    granted_seconds: int


class PhoneBody(Body, frozen=True):
    """It registers as `name@domain`; `contacts` empty: it is not registered now.

    `may_transfer`: it may have its calls transferred (REFER).
    """

    id: UUID
    user_id: UUID
    name: str
    domain: str
    algorithm: Algorithm
    may_transfer: bool
    contacts: tuple[PhoneContactBody, ...]


class PhoneInput(Input, frozen=True):
    """`format` asks for a text that configures a telephone of this make."""

    user_id: UUID
    domain_id: UUID
    name: str
    algorithm: Algorithm = "MD5"
    may_transfer: bool = True
    format: Format | None = None


class PhoneChange(Input, frozen=True):
    """Only what is present changes."""

    may_transfer: bool | UnsetType = UNSET


class PhoneSecretInput(Input, frozen=True):
    """`algorithm` absent: it stays as it is."""

    algorithm: Algorithm | None = None
    format: Format | None = None


class ProvisioningBody(Body, frozen=True):
    file_name: str
    content_type: str
    text: str


class NewPhoneBody(PhoneBody, frozen=True):
    """`secret`, and the text that holds it, are shown this once."""

    secret: str
    provisioning: ProvisioningBody | None
