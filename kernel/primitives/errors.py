"""Errors that a person can act on: each class has one stable `code` and an HTTP status (RFC 9457 problem documents)."""

from typing import ClassVar


class CordboardError(Exception):
    """Base of every business error; `detail` tells the reader what to do, `extra` goes into the problem document."""

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class NotFound(CordboardError):
    """Also what a resource of another tenant answers."""

    code = "not_found"
    status = 404
    title = "There is no such resource"


class Conflict(CordboardError):
    code = "conflict"
    status = 409
    title = "The present state does not allow this"


class InvalidInput(CordboardError):
    code = "invalid_input"
    status = 422
    title = "The request cannot be understood"


class Forbidden(CordboardError):
    code = "forbidden"
    status = 403
    title = "Your role does not allow this"


class RevisionMismatch(CordboardError):
    """RFC 9110 13.1.1: somebody else changed the resource since it was read."""

    code = "revision_mismatch"
    status = 412
    title = "The resource changed in the meantime"
