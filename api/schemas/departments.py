"""Departments and teams."""

from uuid import UUID

from msgspec import UNSET, UnsetType

from api.schemas.common import Body, Input


class DepartmentBody(Body, frozen=True):
    """`parent_id` is None at the top of the tree."""

    id: UUID
    name: str
    parent_id: UUID | None


class DepartmentInput(Input, frozen=True):
    name: str
    parent_id: UUID | None = None


class DepartmentChange(Input, frozen=True):
    """Only what is present changes."""

    name: str | UnsetType = UNSET
    parent_id: UUID | UnsetType | None = UNSET


class TeamBody(Body, frozen=True):
    """`leads` are not listed among the `members`."""

    id: UUID
    name: str
    department_id: UUID | None
    members: tuple[UUID, ...]
    leads: tuple[UUID, ...]


class TeamInput(Input, frozen=True):
    name: str
    department_id: UUID | None = None
    members: tuple[UUID, ...] = ()
    leads: tuple[UUID, ...] = ()


class TeamChange(Input, frozen=True):
    """Only what is present changes."""

    name: str | UnsetType = UNSET
    department_id: UUID | UnsetType | None = UNSET
    members: tuple[UUID, ...] | UnsetType = UNSET
    leads: tuple[UUID, ...] | UnsetType = UNSET
