"""Signatures as the scheme's own library takes them, and as the documentation checks them."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from kernel.primitives.secret import Secret
from tenants.webhooks.signing import secret_of, signed

DOCS = Path(__file__).parents[4] / "docs" / "webhooks.md"
MESSAGE = UUID("0198c0de-0000-7000-8000-000000000a02")
OLD, NEW = secret_of(b"o" * 32), secret_of(b"n" * 32)
BODY = '{"type":"call.ended","data":{"reason":"Grüße"}}'.encode()


def headers(*secrets: Secret, body: bytes = BODY, at: datetime | None = None) -> dict[str, str]:
    return dict(signed(secrets, MESSAGE, at or datetime.now(UTC), body))


def test_known_bytes() -> None:
    """Worked out with openssl: `printf 'ID.TIME.BODY' | openssl dgst -sha256 -mac HMAC -macopt key:…`."""
    told = headers(secret_of(b"0123456789abcdef0123456789abcdef"), body=b"{}", at=datetime.fromtimestamp(1e9, UTC))
    assert told == {
        "webhook-id": str(MESSAGE),
        "webhook-timestamp": "1000000000",
        "webhook-signature": "v1,bj0uNV6GfHhUbklxFm36gGPb1VRhaGStlsVxH8F9G/0=",
    }


def test_a_receiver_takes_either_secret_while_both_sign() -> None:
    told = headers(NEW, OLD)
    for secret in (NEW, OLD):
        assert Webhook(secret.reveal()).verify(BODY, told)["type"] == "call.ended"


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW.reveal()).verify(BODY.replace(b"ended", b"queued"), headers(NEW))


class TestDocumentedReceiver:
    """The Python of `docs/webhooks.md`, as it stands there."""

    @pytest.fixture
    def verify(self) -> Any:
        (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
        names: dict[str, Any] = {}
        exec(code, names)
        return names["verify"]

    def test_it_takes_what_we_send(self, verify: Any) -> None:
        assert verify(NEW.reveal(), headers(OLD, NEW), BODY)["data"] == {"reason": "Grüße"}

    @pytest.mark.parametrize("change", ["webhook-id", "webhook-timestamp", "webhook-signature"])
    def test_it_refuses_what_was_changed(self, verify: Any, change: str) -> None:
        told = headers(NEW)
        told[change] = {"webhook-id": "x", "webhook-timestamp": "1000000000", "webhook-signature": "v1,AAAA"}[change]
        with pytest.raises(ValueError, match="webhook"):
            verify(NEW.reveal(), told, BODY)

    def test_it_refuses_another_secret_and_another_body(self, verify: Any) -> None:
        for secret, body in ((OLD, BODY), (NEW, b"{}")):
            with pytest.raises(ValueError, match="webhook"):
                verify(secret.reveal(), headers(NEW), body)
