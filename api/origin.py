"""How the outside reaches this server."""

from typing import Any

from litestar import Request

from api.services import ApiSettings


def origin_url(request: Request[Any, Any, Any], settings: ApiSettings) -> str:
    """Such as `https://desk.example.com`: as it was set, or as the request came where nothing is set."""
    if settings.origins:
        return settings.origins[0].rstrip("/")
    return str(request.base_url).rstrip("/")
