"""Patterns match the same on every Python that we run on: 3.11.0 to 3.11.4, which Debian 12 has, repeat groups with
possessive quantifiers wrongly (CPython gh-106052), refusing `sip:host;lr` for one. Those of characters are right."""

import ast
import re

from source import place, python_files, tree

POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{[0-9,]+\})\+")


def test_no_group_is_possessive() -> None:
    found = [
        place(path, node)
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
        if POSSESSIVE_GROUP.search(node.value if isinstance(node.value, str) else node.value.decode("latin-1"))
    ]
    assert found == []
