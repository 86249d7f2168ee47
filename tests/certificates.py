"""A certificate authority for one test run."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.io.certificates import TlsFiles

DAY = timedelta(days=1)
FRESH = timedelta()


class Authority:
    """Signs certificates into `folder`; `file` is what others trust."""

    def __init__(self, folder: Path, name: str = "authority", age: timedelta = FRESH) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = str(folder / f"{name}.pem")
        own = self._builder(self._name, self._key.public_key(), age).add_extension(
            x509.BasicConstraints(True, None), True
        )
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        signed = own.add_extension(usage, True).sign(self._key, hashes.SHA256())
        Path(self.file).write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    def issue(
        self, *names: str, file: str = "", folder: str = "", client_ca: str = "", age: timedelta = FRESH
    ) -> TlsFiles:
        """Write `file`.crt and `file`.key (default: the first name) for DNS names, `sip:` URIs and addresses.

        It is valid for two days, `age` after the first of them.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        alternative = x509.SubjectAlternativeName([_general(name) for name in names])
        certificate = self._builder(subject, key.public_key(), age).add_extension(alternative, False)
        place = Path(folder or self._folder) / (file or names[0].replace(":", "_"))
        signed = certificate.sign(self._key, hashes.SHA256())
        key_file, certificate_file = place.with_name(place.name + ".key"), place.with_name(place.name + ".crt")
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        certificate_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        return TlsFiles(str(certificate_file), str(key_file), client_ca=client_ca)

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, age: timedelta = FRESH
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC) - age
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number())
        own = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False).add_extension(own, False)
        return builder.not_valid_before(now - DAY).not_valid_after(now + DAY)


def _general(name: str) -> x509.GeneralName:
    if name.startswith("sip:"):
        return x509.UniformResourceIdentifier(name)
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
