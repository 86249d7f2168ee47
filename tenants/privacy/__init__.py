"""Privacy: how long data of people is kept, what is held for the law, and what a person may ask for."""

from tenants.privacy.ports import PersonalData

__all__ = ["PersonalData"]
