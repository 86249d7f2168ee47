"""Headers that every answer carries: what a browser may do with it."""

from collections.abc import Mapping

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
        headers = {
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "Permissions-Policy": PERMISSIONS_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if settings.secure:
            headers["Strict-Transport-Security"] = HSTS
        self._headers = _encoded(headers)
        self._uncached = [*self._headers, (b"cache-control", b"no-store")]

    async def before_send(self, message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        given = list(message.get("headers", ()))
        names = {name.lower() for name, _ in given}
        limits = _encoded(scope["state"].get(STATE, {}))
        ours = self._uncached if scope["path"].startswith("/v1/") else self._headers
        message["headers"] = given + [header for header in (*ours, *limits) if header[0] not in names]


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
