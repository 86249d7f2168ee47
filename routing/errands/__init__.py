"""What flows ask of the world outside: tenants' servers, and voices."""

from routing.errands.lookups import LookupClient
from routing.errands.runner import ErrandRunner, StoredCredentials

__all__ = ["ErrandRunner", "LookupClient", "StoredCredentials"]
