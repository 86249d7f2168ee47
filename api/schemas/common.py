"""Shapes that several resources share."""

from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

Item = TypeVar("Item")


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What the API answers."""


class Input(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client sends; a misspelt field is an error, not silence."""


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """One page of a list; `next_cursor` is None on the last one."""

    items: Sequence[Item]
    next_cursor: str | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An RFC 9457 problem document; `code` is stable, `detail` says what to do; some carry further members."""

    type: str
    title: str
    status: int
    detail: str
    code: str
