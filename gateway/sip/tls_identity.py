"""Who we are, and whom we believe, on TLS connections that we open for somebody other than the gateway itself."""

import hashlib

import msgspec

NAME_BYTES = 16  # of a digest: no two identities of one gateway meet by chance


class TlsIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """PEM texts. Without `certificate` the gateway's own is shown; with `trusted_ca` nobody else's word is taken."""

    owner: str
    certificate: str = ""
    key: str = ""
    trusted_ca: str = ""

    @property
    def name(self) -> str:
        """Names it in targets and saved dialogs; another one after any change, so that connections are kept apart."""
        text = "\0".join((self.owner, self.certificate, self.key, self.trusted_ca))
        return hashlib.sha256(text.encode()).hexdigest()[: 2 * NAME_BYTES]

    def __repr__(self) -> str:
        return f"TlsIdentity(owner={self.owner!r}, ...)"  # keys do not belong in logs
