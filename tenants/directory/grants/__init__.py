"""Grants: what a provider's people may do in a client, by the client's leave, until when."""

from tenants.directory.grants.model import (
    LONGEST,
    Closing,
    Grant,
    GrantState,
    Holder,
    Terms,
    check_terms,
    covers,
    effective,
    is_live,
    state_at,
)
from tenants.directory.grants.repository import GrantBook, GrantFilter, Person
from tenants.directory.grants.service import Beneficiary, GrantService
from tenants.directory.grants.staff import SharedAgent, shared_staff

__all__ = [
    "LONGEST",
    "Beneficiary",
    "Closing",
    "Grant",
    "GrantBook",
    "GrantFilter",
    "GrantService",
    "GrantState",
    "Holder",
    "Person",
    "SharedAgent",
    "Terms",
    "check_terms",
    "covers",
    "effective",
    "is_live",
    "shared_staff",
    "state_at",
]
