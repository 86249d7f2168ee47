"""Errors of the HTTP layer itself; those of the domain are the modules' own."""

from kernel.primitives.errors import CordboardError


class WrongCredentials(CordboardError):
    code = "wrong_credentials"
    status = 401
    title = "E-mail address or password is wrong"


class NoSession(CordboardError):
    code = "no_session"
    status = 401
    title = "Log in first"


class TooManyAttempts(CordboardError):
    """`extra`: retry_after, in seconds."""

    code = "too_many_attempts"
    status = 429
    title = "Too many wrong passwords"


class RateLimited(CordboardError):
    """`extra`: retry_after, in seconds."""

    code = "rate_limited"
    status = 429
    title = "Too many requests"


class CsrfHeaderMissing(CordboardError):
    code = "csrf_header_missing"
    status = 403
    title = "The header X-Cordboard is missing"


class OriginRefused(CordboardError):
    code = "origin_refused"
    status = 403
    title = "Pages of this origin may not open a desk"


class MalformedBody(CordboardError):
    code = "malformed_body"
    status = 400
    title = "The body is not JSON"


class UnsupportedMediaType(CordboardError):
    code = "unsupported_media_type"
    status = 415
    title = "The body has a media type that this operation does not take"


class BodyTooLarge(CordboardError):
    code = "body_too_large"
    status = 413
    title = "The body is too large"


class MethodNotAllowed(CordboardError):
    code = "method_not_allowed"
    status = 405
    title = "This resource does not have this method"


class KeyReused(CordboardError):
    code = "idempotency_key_reused"
    status = 422
    title = "The Idempotency-Key was used for another request"


class KeyInUse(CordboardError):
    """`extra`: retry_after, in seconds."""

    code = "idempotency_key_in_use"
    status = 409
    title = "The request with this Idempotency-Key is being carried out"


class RangeNotSatisfiable(CordboardError):
    code = "range_not_satisfiable"
    status = 416
    title = "The file has no such range"


class InternalError(CordboardError):
    """`extra`: incident, which the server's log has too."""

    code = "internal_error"
    status = 500
    title = "Something went wrong on our side"


class Unhealthy(CordboardError):
    code = "unhealthy"
    status = 503
    title = "A part of the server does not answer"


class WrongFrame(CordboardError):
    """A frame of the desk's WebSocket that means nothing."""

    code = "wrong_frame"
    status = 400
    title = "The frame cannot be understood"


class FrameTooLarge(CordboardError):
    code = "frame_too_large"
    status = 413
    title = "The frame is too large"


class TooSlow(CordboardError):
    code = "too_slow"
    status = 408
    title = "The desk does not read its events"


class DeskElsewhere(CordboardError):
    code = "desk_elsewhere"
    status = 409
    title = "Your desk is open at another page"


class TakenOver(CordboardError):
    code = "taken_over"
    status = 409
    title = "The desk is open elsewhere"
