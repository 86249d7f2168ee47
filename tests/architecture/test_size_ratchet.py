"""Functions <= 50 lines, files <= 500, Protocols <= 6 methods; the allow-list is a ratchet: its counts only go down."""

import ast

import pytest
from source import ROOT, place, python_files, tree

pytestmark = pytest.mark.timeout(120)  # the first test parses every file there is
FUNCTION_LINES = 50
FILE_LINES = 500
WEB_FILE_LINES = 250
RUST_FILE_LINES = 500
PROTOCOL_METHODS = 6
ALLOWED_OVERSIZE: dict[str, int] = {}


def oversize(sizes: dict[str, int], limit: int) -> dict[str, int]:
    return {name: size for name, size in sizes.items() if size > ALLOWED_OVERSIZE.get(name, limit)}


def lines_of(pattern: str, folder: str) -> dict[str, int]:
    skipped = {"target", "node_modules", "dist", "generated"}
    return {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in (ROOT / folder).rglob(pattern)
        if not skipped & set(path.parts)
    }


def test_python_files_are_short() -> None:
    files = (*python_files(), *python_files("tests", "load_tests"))
    sizes = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert oversize(sizes, FILE_LINES) == {}


def test_functions_are_short() -> None:
    sizes = {
        f"{place(path, node)} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in (*python_files(), *python_files("tests", "load_tests"))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert oversize(sizes, FUNCTION_LINES) == {}


def test_rust_files_are_short() -> None:
    assert oversize(lines_of("*.rs", "media/engine"), RUST_FILE_LINES) == {}


def test_web_files_are_short() -> None:
    sizes = lines_of("*.ts", "web") | lines_of("*.tsx", "web") | lines_of("*.css", "web")
    assert oversize(sizes, WEB_FILE_LINES) == {}


def test_the_allow_list_only_names_what_is_still_oversize() -> None:
    assert all(size > FILE_LINES or " " in name for name, size in ALLOWED_OVERSIZE.items())


def is_protocol(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)


def test_protocols_are_tiny() -> None:
    sizes = {
        f"{place(path, node)} {node.name}": sum(
            isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and not item.name.startswith("__")
            for item in node.body
        )
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and is_protocol(node)
    }
    assert {name: size for name, size in sizes.items() if size > PROTOCOL_METHODS} == {}
