"""TLS contexts of what the gateway shows, and whom it believes, on the connections that it opens."""

import ssl
from collections import OrderedDict
from collections.abc import Callable

import structlog

from gateway.io.certificates import MOST_KEPT, TlsFiles, client_context, load_chain
from gateway.sip.tls_identity import TlsIdentity

log = structlog.get_logger(__name__)


class IdentityUnusableError(OSError):
    """What is to be shown is gone or cannot be used."""


class ClientIdentities:
    """The gateway's own, and by name those that `find` knows, such as of tenants' trunks."""

    def __init__(self, find: Callable[[str], TlsIdentity | None], own: TlsFiles | None, trusted_ca: str) -> None:
        self._find = find
        self._own = own
        self._trusted_ca = trusted_ca
        self._gateways: ssl.SSLContext | None = None
        self._contexts: OrderedDict[str, ssl.SSLContext] = OrderedDict()

    def context(self, name: str) -> ssl.SSLContext:
        """Of this identity, of the gateway where `name` is empty; IdentityUnusableError where it is gone or broken.

        Nobody is ever shown another's certificate instead.
        """
        if not name:
            if self._gateways is None:
                self._gateways = self._of_gateway()
            return self._gateways
        identity = self._find(name)
        if identity is None:
            raise IdentityUnusableError("There is no such certificate any more")
        context = self._contexts.pop(identity.name, None) or self._made(identity)
        self._contexts[identity.name] = context
        if len(self._contexts) > MOST_KEPT:
            self._contexts.popitem(last=False)
        return context

    def _of_gateway(self) -> ssl.SSLContext:
        try:
            return client_context(self._own, self._trusted_ca)
        except (ValueError, OSError) as error:
            log.warning("tls.identity_unusable", owner="", reason=str(error))
            raise IdentityUnusableError(str(error)) from error

    def _made(self, identity: TlsIdentity) -> ssl.SSLContext:
        try:
            own = None if identity.certificate else self._own
            context = client_context(own, self._trusted_ca, only=identity.trusted_ca)
            if identity.trusted_ca:
                context.vouched = identity.owner
            if identity.certificate:
                load_chain(context, identity)
        except (ValueError, OSError) as error:
            log.warning("tls.identity_unusable", owner=identity.owner, reason=str(error))
            raise IdentityUnusableError(str(error)) from error
        return context
