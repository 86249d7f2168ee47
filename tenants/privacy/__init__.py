"""Privacy: how long data of people is kept, what is held for the law, and what a person may ask for."""

from tenants.privacy.certificate import as_text
from tenants.privacy.holds import HoldKind, LegalHold
from tenants.privacy.keeper import Found, Keeper
from tenants.privacy.model import JobKind, JobState, PrivacyJob
from tenants.privacy.ports import PersonalData
from tenants.privacy.retention import AUDIT_MINIMUM_DAYS, BOUNDS, Policy
from tenants.privacy.service import PrivacyService, person_of
from tenants.privacy.worker import PrivacyPorts, PrivacyWorker

__all__ = [
    "AUDIT_MINIMUM_DAYS",
    "BOUNDS",
    "Found",
    "HoldKind",
    "JobKind",
    "JobState",
    "Keeper",
    "LegalHold",
    "PersonalData",
    "Policy",
    "PrivacyJob",
    "PrivacyPorts",
    "PrivacyService",
    "PrivacyWorker",
    "as_text",
    "person_of",
]
