"""Trunks: how calls come from and go to carriers."""

from typing import Literal
from uuid import UUID

from msgspec import UNSET, UnsetType

from api.schemas.common import Body, Input

Transport = Literal["udp", "tcp"]


class TrunkBody(Body, frozen=True):
    """The password is never told; `has_password` says whether there is one."""

    id: UUID
    name: str
    sources: tuple[str, ...]
    host: str
    port: int
    transport: Transport
    username: str
    has_password: bool
    codecs: tuple[str, ...]
    region: str | None


class TrunkInput(Input, frozen=True):
    """`sources` are IP networks in CIDR notation, each optionally with a port as `net#port`."""

    name: str
    sources: tuple[str, ...]
    host: str
    port: int = 5060
    transport: Transport = "udp"
    username: str = ""
    password: str | None = None
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    region: str | None = None


class TrunkChange(Input, frozen=True):
    """Only what is present changes; `password: null` removes it."""

    name: str | UnsetType = UNSET
    sources: tuple[str, ...] | UnsetType = UNSET
    host: str | UnsetType = UNSET
    port: int | UnsetType = UNSET
    transport: Transport | UnsetType = UNSET
    username: str | UnsetType = UNSET
    password: str | UnsetType | None = UNSET
    codecs: tuple[str, ...] | UnsetType = UNSET
    region: str | UnsetType | None = UNSET
