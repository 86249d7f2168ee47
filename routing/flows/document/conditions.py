"""Questions about variables, as data: total (every question has an answer for every call), no code is run.

Variables are text. One that is not set is empty; text that is no number is neither above nor below anything.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from routing.flows import limits
from routing.flows.document.names import Value, Variable


class Condition(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    pass


class Equals(Condition, frozen=True, kw_only=True, tag="equals"):
    variable: Variable
    value: Value


class OneOf(Condition, frozen=True, kw_only=True, tag="one_of"):
    variable: Variable
    values: Annotated[tuple[Value, ...], Meta(min_length=1, max_length=limits.CHOICES)]


class BeginsWith(Condition, frozen=True, kw_only=True, tag="begins_with"):
    """Of numbers: those of a country or town, such as +4930."""

    variable: Variable
    prefix: Annotated[Value, Meta(min_length=1)]


class IsEmpty(Condition, frozen=True, kw_only=True, tag="is_empty"):
    variable: Variable


class NumberBetween(Condition, frozen=True, kw_only=True, tag="number_between"):
    """Both ends belong to it; None: no bound."""

    variable: Variable
    at_least: float | None = None
    at_most: float | None = None


class AllOf(Condition, frozen=True, kw_only=True, tag="all"):
    of: Annotated[tuple["AnyCondition", ...], Meta(min_length=1, max_length=limits.CASES)]


class AnyOf(Condition, frozen=True, kw_only=True, tag="any"):
    of: Annotated[tuple["AnyCondition", ...], Meta(min_length=1, max_length=limits.CASES)]


class Not(Condition, frozen=True, kw_only=True, tag="not"):
    of: "AnyCondition"


AnyCondition = Equals | OneOf | BeginsWith | IsEmpty | NumberBetween | AllOf | AnyOf | Not


def holds(condition: AnyCondition, variables: Mapping[str, str]) -> bool:
    match condition:
        case AllOf(of=parts):
            return all(holds(part, variables) for part in parts)
        case AnyOf(of=parts):
            return any(holds(part, variables) for part in parts)
        case Not(of=part):
            return not holds(part, variables)
        case _:
            return _holds_for(condition, variables.get(condition.variable, ""))


def _holds_for(condition: Equals | OneOf | BeginsWith | IsEmpty | NumberBetween, found: str) -> bool:
    match condition:
        case Equals(value=value):
            return found == value
        case OneOf(values=values):
            return found in values
        case BeginsWith(prefix=prefix):
            return found.startswith(prefix)
        case IsEmpty():
            return not found.strip()
        case NumberBetween(at_least=low, at_most=high):
            number = _number(found)
            return number is not None and (low is None or number >= low) and (high is None or number <= high)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def parts_of(condition: AnyCondition) -> Iterator[AnyCondition]:
    """It and everything inside it."""
    yield condition
    for part in _inside(condition):
        yield from parts_of(part)


def _inside(condition: AnyCondition) -> tuple[AnyCondition, ...]:
    if isinstance(condition, AllOf | AnyOf):
        return condition.of
    return (condition.of,) if isinstance(condition, Not) else ()


def variables_in(condition: AnyCondition) -> frozenset[str]:
    return frozenset(part.variable for part in parts_of(condition) if not isinstance(part, AllOf | AnyOf | Not))


def depth(condition: AnyCondition) -> int:
    return 1 + max((depth(part) for part in _inside(condition)), default=0)


def in_words(condition: AnyCondition) -> str:
    """For transcripts; names variables, never shows what a caller's are."""
    match condition:
        case Equals(variable=name, value=value):
            return f"{name} is {value!r}"
        case OneOf(variable=name, values=values):
            return f"{name} is one of {len(values)} values"
        case BeginsWith(variable=name, prefix=prefix):
            return f"{name} begins with {prefix!r}"
        case IsEmpty(variable=name):
            return f"{name} is empty"
        case NumberBetween(variable=name, at_least=low, at_most=high):
            return f"{name} is a number from {'any' if low is None else low} to {'any' if high is None else high}"
        case AllOf(of=parts):
            return "(" + " and ".join(in_words(part) for part in parts) + ")"
        case AnyOf(of=parts):
            return "(" + " or ".join(in_words(part) for part in parts) + ")"
        case Not(of=part):
            return f"not {in_words(part)}"
