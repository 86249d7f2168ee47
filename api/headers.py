"""Headers that every answer carries: what a browser may do with it."""

from collections.abc import Mapping
from typing import Any

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from api.auth.limits import STATE
from api.services import ApiSettings

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
PERMISSIONS_POLICY = "microphone=(self), speaker-selection=(self), camera=(), geolocation=(), payment=(), usb=()"
HSTS = "max-age=31536000; includeSubDomains"


class HeaderPolicy:
    def __init__(self, settings: ApiSettings) -> None:
        self._headers = {
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "Permissions-Policy": PERMISSIONS_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if settings.secure:
            self._headers["Strict-Transport-Security"] = HSTS

    async def before_send(self, message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers: Any = MutableScopeHeaders.from_message(message)
        limits: Mapping[str, str] = scope["state"].get(STATE, {})
        for name, value in (*self._headers.items(), *limits.items()):
            headers.setdefault(name, value)
        if scope["path"].startswith("/v1/"):
            headers.setdefault("Cache-Control", "no-store")
