"""Callbacks that are done, as the log tells of them: routing forgets them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from kernel.contracts.base import TenantScope
from kernel.contracts.callbacks import CallbackEnded, CallbackRequested


class KeptPromise(NamedTuple):
    """`requested` as it was asked for: whoever moved it since is in the log alone."""

    requested: CallbackRequested
    ended: CallbackEnded


class KeptPromises(Protocol):
    async def ended(self, scope: TenantScope, since: datetime) -> Sequence[KeptPromise]:
        """Of those that were asked for since then, in that order; an erased number is ERASED."""
        ...
