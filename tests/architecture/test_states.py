"""`state` of a machine is assigned in its own file only (style habit 5)."""

import ast

from source import ROOT, python_files, tree

MACHINES = ("gateway/sip", "gateway/calls", "routing")


def test_nobody_assigns_another_objects_state() -> None:
    found: list[str] = []
    for path in python_files(*MACHINES):
        for node in ast.walk(tree(path)):
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in targets:
                if not (isinstance(target, ast.Attribute) and target.attr in {"state", "_state"}):
                    continue
                if not (isinstance(target.value, ast.Name) and target.value.id == "self"):
                    found.append(f"{path.relative_to(ROOT)}:{target.lineno}")
    assert found == []
