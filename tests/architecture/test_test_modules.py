"""Every test runs once in `make test`, and modules of tests can be imported side by side in one process."""

import ast
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from source import PACKAGES, ROOT, place, python_files, tree

IGNORE = "--ignore="
CHOOSES_NOTHING = {"-n", "--dist", "--no-loadscope-reorder"}


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_what_tests_share_is_not_in_test_modules() -> None:
    """They are imported once by pytest, as a part of all, and another time by their bare name."""
    found = [
        f"{place(path, node)} imports {module}"
        for path in python_files("tests")
        for node in ast.walk(tree(path))
        for module in imported(node)
        if module.rpartition(".")[2].startswith("test_")
    ]
    assert found == []


def puts_itself_on_the_path(path: Path) -> bool:
    return "sys.path.insert(0, str(Path(__file__).parent))" in path.read_text()


def test_a_module_that_is_imported_by_its_bare_name_has_it_for_itself() -> None:
    folders = {path.parent for path in python_files("tests") if puts_itself_on_the_path(path)}
    bare = [path.stem for folder in folders for path in folder.glob("*.py")]
    shared = [name for name in bare if not name.startswith("test_") and name != "conftest"]
    assert len(shared) > 20, "the search is broken"
    assert [name for name, folders in Counter([*shared, *PACKAGES]).items() if folders > 1] == []


def parts_of_make_test() -> list[list[str]]:
    """The arguments of pytest, as `make test` would run it."""
    told = subprocess.run(["make", "--dry-run", "test"], cwd=ROOT, check=True, capture_output=True, text=True)
    runs = (line.split(" pytest", 1)[1] for line in told.stdout.splitlines() if " pytest" in line)
    return [run.split() for run in runs]


@pytest.fixture(scope="module")
def parts() -> tuple[list[str], list[str]]:
    alone, side_by_side = parts_of_make_test()
    return alone, side_by_side


def test_each_test_runs_in_one_part_of_make_test(parts: tuple[list[str], list[str]]) -> None:
    """What the one part leaves out, and nothing else, is what the other one runs; neither chooses by other means."""
    alone, side_by_side = parts
    left_out = [word.removeprefix(IGNORE) for word in alone if word.startswith(IGNORE)]
    assert [word for word in alone if not word.startswith(IGNORE)] == []
    named = [word for word in side_by_side if word.startswith("tests/")]
    assert [word for word in side_by_side if word.startswith("-") and word not in CHOOSES_NOTHING] == []
    assert named == left_out
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert [(a, b) for a in named for b in named if b.startswith(f"{a}/")] == [], "named twice"
