"""Who we are, and whom we believe, on TLS connections for somebody other than the gateway itself; who a peer is."""

import hashlib

import msgspec

NAME_BYTES = 16  # of a digest: no two identities of one gateway meet by chance


class TlsIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """PEM texts. Without `certificate` the gateway's own is shown; with `trusted_ca` nobody else's word is taken.

    `domain`: the name at which it is the owner's; empty: it has one only.
    """

    owner: str
    domain: str = ""
    certificate: str = ""
    key: str = ""
    trusted_ca: str = ""

    @property
    def name(self) -> str:
        """Names it in targets and saved dialogs; another one after any change, so that connections are kept apart.

        `owner_in` and `domain_in` find whose it is, for those that still name a former one.
        """
        whose = f"{self.owner}@{self.domain}" if self.domain else self.owner
        text = "\0".join((self.certificate, self.key, self.trusted_ca))
        return f"{whose}/{hashlib.sha256(text.encode()).hexdigest()[: 2 * NAME_BYTES]}"

    def __repr__(self) -> str:
        return f"TlsIdentity(owner={self.owner!r}, ...)"  # keys do not belong in logs


def owner_in(name: str) -> str:
    """The owner of the TlsIdentity that has, or had, this name."""
    return name.rpartition("/")[0].partition("@")[0]


def domain_in(name: str) -> str:
    """The domain of the TlsIdentity that has, or had, this name."""
    return name.rpartition("/")[0].partition("@")[2]


class PeerCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """What the peer of a TLS connection showed, verified: `der`, and the hosts, domains and addresses that it bears.

    `vouched` says by whose authorities, as the `owner` of a TlsIdentity; empty: by those of the gateway itself.
    """

    der: bytes
    names: frozenset[str]
    vouched: str = ""
