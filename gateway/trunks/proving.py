"""Peers that prove by certificates whose calls they bring, each by the word of whom its trunk takes."""

from collections.abc import Sequence
from functools import lru_cache

from cryptography import x509

from gateway.sip.tls_identity import PeerCertificate
from kernel.contracts.directory import TrunkConfig
from kernel.primitives.certificates import is_issued_by

PAIRS_REMEMBERED = 4_096  # of a peer's certificate and a trunk's authorities: a signature costs some 100 us


def tls_owner(trunk: TrunkConfig) -> str:
    """As TlsIdentity names the trunk, on connections that we open."""
    return f"trunk {trunk.trunk}"


def takes_certificates(trunk: TrunkConfig) -> bool:
    """Whether its peer is known by a certificate alone, wherever it calls from."""
    tls = trunk.options.tls
    return tls is not None and bool(tls.client_ca and tls.peer_names)


def shows(trunk: TrunkConfig, peer: PeerCertificate | None) -> bool:
    """Whether the peer's certificate is one of those that the trunk asks for, or it asks for none."""
    tls = trunk.options.tls
    if tls is None or not tls.peer_names:
        return True
    named = peer is not None and any(name.lower() in peer.names for name in tls.peer_names)
    return peer is not None and named and _is_believed(trunk, tls.client_ca, peer)


def _is_believed(trunk: TrunkConfig, client_ca: str, peer: PeerCertificate) -> bool:
    if peer.vouched == tls_owner(trunk):  # it answered where this trunk is dialled
        return True
    if not client_ca:
        return not peer.vouched
    return peer.vouched == str(trunk.tenant) and _is_signed(peer.der, client_ca)


@lru_cache(PAIRS_REMEMBERED)
def _is_signed(der: bytes, authorities: str) -> bool:
    """Whether one of the authorities signed it; that all is in date was checked with the handshake."""
    try:
        peer = x509.load_der_x509_certificate(der)
        return any(is_issued_by(peer, one) for one in x509.load_pem_x509_certificates(authorities.encode()))
    except ValueError:
        return False


def authorities_of(trunks: Sequence[TrunkConfig]) -> str:
    """All who sign the certificates of these trunks' peers, in PEM; empty: nobody does."""
    found = (trunk.options.tls for trunk in trunks if takes_certificates(trunk))
    return "\n".join(dict.fromkeys(tls.client_ca for tls in found if tls is not None))
