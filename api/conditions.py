"""Revisions as ETags, and If-Match (RFC 9110 13.1.1)."""

import re
from typing import Annotated

from litestar.params import HeaderParameter

from tenants.rows import RevisionMismatch

_STRONG = re.compile(r'"(\d{1,18})"')


def etag(revision: int) -> str:
    return f'"{revision}"'


def provide_expected(
    if_match: Annotated[
        str | None, HeaderParameter(name="If-Match", description="The ETag as read: change only this revision.")
    ] = None,
) -> int | None:
    """The revision that the client read; RevisionMismatch for an ETag that is none of ours."""
    if if_match is None or if_match.strip() == "*":
        return None
    match = _STRONG.fullmatch(if_match.strip())
    if match is None:
        raise RevisionMismatch("Send the ETag exactly as it was read.")
    return int(match.group(1))
