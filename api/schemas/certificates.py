"""What people are told of certificates."""

from datetime import datetime

from api.schemas.common import Body


class TlsCertificateBody(Body, frozen=True, kw_only=True):
    """`names` are all that it bears, `issuer` is who signed it; `expires_at`: when the first of its chain ends."""

    names: tuple[str, ...]
    issuer: str
    valid_from: datetime
    expires_at: datetime
