"""Lists by cursor: a cursor is the last id of a page, in base64url."""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

import msgspec
from litestar.params import QueryParameter

from api.schemas.common import Page
from kernel.primitives.errors import InvalidInput

PAGE = 50  # fills a screen
LARGEST_PAGE = 200  # some 200 kB of call records


class Identified(Protocol):
    @property
    def id(self) -> UUID: ...


Entity = TypeVar("Entity")
Named = TypeVar("Named", bound=Identified)
Item = TypeVar("Item")


class Paging(msgspec.Struct, frozen=True):
    """`after`: the last id of the former page."""

    after: UUID | None
    limit: int

    @property
    def one_more(self) -> int:
        """What to ask for, to learn whether there is a next page."""
        return self.limit + 1

    def page(self, found: Sequence[Named], show: Callable[[Named], Item]) -> Page[Item]:
        return self.page_by(found, _id, show)

    def page_by(
        self, found: Sequence[Entity], key: Callable[[Entity], UUID], show: Callable[[Entity], Item]
    ) -> Page[Item]:
        """Of what is told apart by something else than an `id`."""
        shown = found[: self.limit]
        more = len(found) > self.limit
        return Page(items=[show(one) for one in shown], next_cursor=encode_cursor(key(shown[-1])) if more else None)

    def page_in_memory(
        self,
        found: Iterable[Entity],
        key: Callable[[Entity], UUID],
        show: Callable[[Entity], Item],
        *,
        newest_first: bool = False,
    ) -> Page[Item]:
        """Of all there are, in any order: no database sorted or skipped them. Ids are made in the order of time."""
        ordered = sorted(found, key=key, reverse=newest_first)
        if self.after is not None:
            after = self.after
            ordered = [one for one in ordered if (key(one) < after if newest_first else key(one) > after)]
        return self.page_by(ordered[: self.one_more], key, show)


def _id(one: Identified) -> UUID:
    return one.id


def encode_cursor(key: UUID) -> str:
    return base64.urlsafe_b64encode(key.bytes).rstrip(b"=").decode()


def decode_cursor(text: str) -> UUID:
    """InvalidInput for what is no cursor of ours."""
    try:
        return UUID(bytes=base64.b64decode(text + "==", altchars=b"-_", validate=True))
    except (ValueError, binascii.Error) as error:
        problem = {"field": "cursor", "code": "not_a_cursor", "detail": "as given in next_cursor"}
        raise InvalidInput("Start the list again without a cursor.", errors=[problem]) from error


def provide_paging(
    cursor: Annotated[
        str | None, QueryParameter(description="`next_cursor` of the page before.", max_length=64)
    ] = None,
    limit: Annotated[int, QueryParameter(description="Items on a page.", ge=1, le=LARGEST_PAGE)] = PAGE,
) -> Paging:
    return Paging(None if cursor is None else decode_cursor(cursor), limit)
