"""Single sign-on by OpenID Connect: people log in where their organisation knows them."""

from api.auth.sign_on.client import OpenIdClient
from api.auth.sign_on.flow import SignOnService, Started
from api.auth.sign_on.providers import IdentityProvider, IdentityProviderService, SignOnFinder

__all__ = ["IdentityProvider", "IdentityProviderService", "OpenIdClient", "SignOnFinder", "SignOnService", "Started"]
