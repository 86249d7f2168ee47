"""Range requests (RFC 9110 14): one range of bytes; several at once are answered with the whole, as a server may."""

import re
from typing import NamedTuple

from api.errors import RangeNotSatisfiable

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)


class Span(NamedTuple):
    """`length` bytes from `start`."""

    start: int
    length: int

    def content_range(self, size: int) -> str:
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


def wanted_span(header: str | None, if_range: str | None, etag: str, size: int) -> Span | None:
    """The range to send, None for the whole; RangeNotSatisfiable when it lies behind the end.

    A range that cannot be read is ignored (14.2), and so is one whose If-Range names another version (13.1.5).
    """
    if header is None or (if_range is not None and if_range.strip() != etag):
        return None
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if first == "":
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), size if last == "" else min(size, int(last) + 1)
        if last != "" and int(last) < start:
            return None
    if start >= size:
        raise RangeNotSatisfiable(f"The file has {size} bytes.", size=size)
    return Span(start, end - start)
