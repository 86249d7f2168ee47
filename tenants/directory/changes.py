"""What the use cases of all resources share: reading one or NotFound, and applying a partial change."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from kernel.primitives.errors import NotFound
from tenants.directory.model import Entity
from tenants.rows import RevisionMismatch, TenantRows

Changed = TypeVar("Changed", bound=Entity)


async def get_or_not_found(rows: TenantRows[Changed], key: UUID, kind: str) -> Changed:
    found = await rows.get(key)
    if found is None:
        raise NotFound(f"There is no such {kind}.")
    return found


def require_revision(entity: Entity, expected: int | None) -> None:
    """RevisionMismatch when the client read another revision than the present one; None: it does not mind."""
    if expected is not None and entity.revision != expected:
        raise RevisionMismatch("Read it again, then repeat your change.")


def changed(entity: Changed, changes: Mapping[str, Any]) -> Changed:
    """The next revision, with only the fields of `changes` changed."""
    return msgspec.structs.replace(entity, revision=entity.revision + 1, **changes)
