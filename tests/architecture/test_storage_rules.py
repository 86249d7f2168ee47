"""One transaction per request, one door to a tenant's rows, no code that asks which variant runs."""

import ast
from pathlib import Path

from source import ROOT, calls, place, python_files, tree

MODULES = ("gateway", "media", "tenants", "routing", "insight", "desk", "api")
SCOPED = ("tenants", "routing", "insight", "desk", "media", "gateway")
ESCAPE = "# operator-wide:"


def test_only_adapters_commit_or_roll_back() -> None:
    found = [
        place(path, call)
        for path in python_files(*MODULES)
        for call in calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"commit", "rollback"}
    ]
    assert found == []


def test_no_code_outside_the_adapters_asks_which_variant_runs() -> None:
    words = ("embedded", "sqlite", "postgres", "nats")
    found = [
        place(path, node)
        for path in python_files(*MODULES)
        if path.name not in {"composition.py", "settings.py"} and "migrations" not in path.parts
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and any(word in ast.unparse(node.test).lower() for word in words)
    ]
    assert found == []


def classes(path: Path) -> list[ast.ClassDef]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]


def excused(path: Path, node: ast.ClassDef) -> bool:
    return ESCAPE in (ast.get_source_segment(path.read_text(), node) or "")


def fields(node: ast.ClassDef) -> set[str]:
    annotated = (item.target for item in node.body if isinstance(item, ast.AnnAssign))
    return {target.id for target in annotated if isinstance(target, ast.Name)}


def repositories(path: Path) -> list[ast.ClassDef]:
    return [node for node in classes(path) if node.name.endswith("Repository")]


def test_repositories_are_built_with_a_tenant_scope_and_no_method_takes_a_tenant() -> None:
    found: list[str] = []
    for path in python_files(*SCOPED):
        for repository in repositories(path):
            if excused(path, repository):
                continue
            functions = [item for item in repository.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
            arguments = {item.name: [a.arg for a in (*item.args.args, *item.args.kwonlyargs)] for item in functions}
            if "scope" not in arguments.get("__init__", []):
                found.append(f"{place(path, repository)} {repository.name} is not built with a scope")
            found += [
                f"{place(path, repository)} {repository.name}.{name} takes a tenant"
                for name, names in arguments.items()
                if {"tenant", "tenant_id"} & set(names)
            ]
    assert found == []


def test_every_tenant_table_carries_the_tenant() -> None:
    shared = {"Provider", "Tenant", "OutboxRow", "DeadLetterRow", "Lease"}
    found = [
        f"{path.relative_to(ROOT)} {node.name}"
        for path in python_files()
        if path.name == "tables.py"
        for node in classes(path)
        if any(keyword.arg == "table" for keyword in node.keywords)
        and node.name not in shared
        and "tenant_id" not in fields(node)
        and not excused(path, node)
    ]
    assert found == []
