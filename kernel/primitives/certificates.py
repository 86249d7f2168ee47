"""X.509 certificates: whom they name, and who signed them."""

from collections.abc import Collection

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID


def names_in(certificate: x509.Certificate) -> list[str]:
    """All that it bears, in lower case: hosts, wildcards, SIP domains and addresses (RFC 5922 7.1). ValueError."""
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return [str(name.value).lower() for name in common]
    uris = alternative.get_values_for_type(x509.UniformResourceIdentifier)
    names = alternative.get_values_for_type(x509.DNSName)
    names += [uri.partition(":")[2] for uri in uris if uri.lower().startswith(("sip:", "sips:")) and "@" not in uri]
    names += [str(address) for address in alternative.get_values_for_type(x509.IPAddress)]
    return [name.lower() for name in names]


def wildcard_of(name: str) -> str:
    """The wildcard that stands for a name: for its leftmost label only (RFC 6125 6.4.3)."""
    return f"*.{name.partition('.')[2]}"


def covers(names: Collection[str], name: str) -> bool:
    """Whether a server's certificate with these names may be shown to who asks for `name`; all in lower case."""
    return name in names or wildcard_of(name) in names


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` itself signed it; dates and uses are another matter."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
