"""The signature of Standard Webhooks (symmetric, v1): https://www.standardwebhooks.com/."""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from standardwebhooks import Webhook

from kernel.primitives.secret import Secret

SECRET_BYTES = 32  # the scheme wants 24 to 64
PREFIX = "whsec_"


def secret_of(random: bytes) -> Secret:
    return Secret(PREFIX + base64.b64encode(random).decode())


def signed(secrets: Sequence[Secret], message: UUID, at: datetime, body: bytes) -> Mapping[str, str]:
    """The headers of one attempt at `at`: a signature of each secret, so that a receiver may know any of them."""
    text = body.decode()
    signatures = [Webhook(secret.reveal()).sign(str(message), at, text) for secret in secrets]
    return {
        "webhook-id": str(message),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
