"""Nobody gives away more than they have: the one rule behind roles, custom roles and grants."""

from collections.abc import Set

from tenants.directory.errors import EscalationRefused
from tenants.directory.permissions import Permission


def require_held(given: Set[Permission], acting: Set[Permission]) -> None:
    """EscalationRefused naming each permission of `given` that who acts does not have."""
    missing = sorted(given - acting)
    if missing:
        names = ", ".join(missing)
        raise EscalationRefused(f"You do not have {names} yourself: ask somebody who has.", permissions=missing)
