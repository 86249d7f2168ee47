"""The life of a flow: draft, published versions that never change, and which of them is live."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from kernel.primitives.ids import UserId
from routing.flows.checks.problem import Problem
from routing.flows.document.flow import Flow
from routing.flows.errors import AlreadyLive, DraftChanged, FlowNotValid, NoDraft, UnknownVersion

PROBLEMS_TOLD = 50  # more than anybody mends at once

Check = Callable[[Flow], Sequence[Problem]]
"""`checks.validate` with what is known of the tenant."""


class Stamp(NamedTuple):
    at: datetime
    by: UserId


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """Numbered from 1, without gaps; never changed."""

    number: int
    flow: Flow
    published_at: datetime
    published_by: UserId
    note: str = ""


class GoneLive(msgspec.Struct, frozen=True, kw_only=True):
    """From `at` on new calls take `number`; `rolled_back`: it had been live before."""

    number: int
    at: datetime
    by: UserId
    rolled_back: bool = False


class FlowRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`revision` counts the drafts that were saved; None as `draft`: all is published."""

    name: str
    draft: Flow | None = None
    revision: int = 0
    versions: tuple[Version, ...] = ()
    history: tuple[GoneLive, ...] = ()

    @property
    def live(self) -> Version | None:
        """What new calls take; None: nothing was ever published."""
        return version_of(self, self.history[-1].number) if self.history else None


def version_of(record: FlowRecord, number: int) -> Version:
    """What a call keeps going through that started with it; UnknownVersion when there is none."""
    if 1 <= number <= len(record.versions):
        return record.versions[number - 1]
    told = f"There are versions 1 to {len(record.versions)}." if record.versions else "Nothing is published yet."
    raise UnknownVersion(told, versions=len(record.versions))


def save_draft(record: FlowRecord, flow: Flow, revision: int) -> FlowRecord:
    """Whatever its problems are; DraftChanged unless `revision` is the one that its author saw."""
    if revision != record.revision:
        raise DraftChanged("Read it again and make your change there.", revision=record.revision)
    return replace(record, draft=flow, revision=record.revision + 1)


def publish(record: FlowRecord, check: Check, stamp: Stamp, note: str = "") -> FlowRecord:
    """The draft becomes a version, which is live at once; FlowNotValid tells what stands against it."""
    if record.draft is None:
        raise NoDraft("Change the flow first, then publish it.")
    _require_valid(record.draft, check)
    number = len(record.versions) + 1
    version = Version(number=number, flow=record.draft, published_at=stamp.at, published_by=stamp.by, note=note)
    gone_live = GoneLive(number=number, at=stamp.at, by=stamp.by)
    return replace(record, draft=None, versions=(*record.versions, version), history=(*record.history, gone_live))


def roll_back(record: FlowRecord, number: int, check: Check, stamp: Stamp) -> FlowRecord:
    """An earlier version is live again, if what it names is still there. The draft stays; versions stay numbered."""
    version = version_of(record, number)
    if record.history[-1].number == number:
        raise AlreadyLive("New calls take it already.")
    _require_valid(version.flow, check)
    gone_live = GoneLive(number=number, at=stamp.at, by=stamp.by, rolled_back=True)
    return replace(record, history=(*record.history, gone_live))


def _require_valid(flow: Flow, check: Check) -> None:
    problems = check(flow)
    if problems:
        told = "One problem stands" if len(problems) == 1 else f"{len(problems)} problems stand"
        shown = [msgspec.to_builtins(one) for one in problems[:PROBLEMS_TOLD]]
        raise FlowNotValid(f"{told} against publishing this flow.", problems=shown)
