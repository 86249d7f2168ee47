"""Every table of the core, whichever module has it: walked over all (state, input) pairs.

A table maps (state, input) to (state, steps), or to a state alone. New tables are found by themselves.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from enum import Enum

import pytest

import gateway

ENDS = frozenset({"ENDED", "TERMINATED", "CLOSED", "OVER"})  # names of states that are final
FEWEST = 10  # tables when this was written; fewer means that the search is broken
Table = Mapping[tuple[Enum, Enum], object]


def is_table(value: object) -> bool:
    if not isinstance(value, Mapping) or not value:
        return False
    keys: list[object] = list(value)  # pyright: ignore[reportUnknownArgumentType]
    return all(isinstance(key, tuple) and len(key) == 2 and all(isinstance(part, Enum) for part in key) for key in keys)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def tables() -> dict[str, Table]:
    found: dict[str, Table] = {}
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        if module.name.split(".")[1] not in ("sip", "sdp", "calls", "registrar"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if is_table(value) and id(value) not in {id(one) for one in found.values()}:
                found[f"{module.name}.{name}"] = value
    return found


TABLES = tables()


def to_state(row: object) -> Enum:
    there = row[0] if isinstance(row, tuple) else row  # pyright: ignore[reportUnknownVariableType]
    assert isinstance(there, Enum)
    return there


def test_they_are_found() -> None:
    assert len(TABLES) >= FEWEST, sorted(TABLES)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_row_is_of_one_machine(name: str) -> None:
    table = TABLES[name]
    states = {type(state) for state, _ in table} | {type(to_state(row)) for row in table.values()}
    assert len(states) == 1, "one kind of state"
    assert len({type(happened) for _, happened in table}) == 1, "one kind of input"


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_pair_has_a_defined_outcome_and_nothing_leaves_the_end(name: str) -> None:
    table = TABLES[name]
    states = type(next(iter(table))[0])
    inputs = type(next(iter(table))[1])
    for state in states:
        for happened in inputs:
            row = table.get((state, happened))
            if row is None:
                continue  # by definition: nothing changes
            assert isinstance(to_state(row), states)
            assert state.name not in ENDS, f"{state} is left by {happened}"
            if isinstance(row, tuple):
                steps: object = row[1]  # pyright: ignore[reportUnknownVariableType]
                assert isinstance(steps, tuple)
                assert all(callable(step) for step in steps)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


@pytest.mark.parametrize("name", sorted(TABLES))
def test_no_state_is_a_trap(name: str) -> None:
    """From every state a way leads to the end, or back to where the machine may rest."""
    table = TABLES[name]
    goes: dict[Enum, set[Enum]] = {}
    for (state, _), row in table.items():
        goes.setdefault(state, set()).add(to_state(row))
    for state in {there for ways in goes.values() for there in ways}:
        if state.name not in ENDS:
            assert goes.get(state, set()) - {state}, f"nothing leaves {state}"
