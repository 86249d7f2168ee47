"""Keys that calls are signed with, and the name of their certificate."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.trunks.passport import read_key

URL = "https://certificates.carrier.example/shaken.pem"
PEM, PKCS8, OPEN = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()


def private() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


ROOT, MIDDLE, LEAF = private(), private(), private()
KEY = read_key(LEAF.private_bytes(PEM, PKCS8, OPEN).decode())
