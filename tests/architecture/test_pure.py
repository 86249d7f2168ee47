"""Pure code is told the time and the randomness; it never asks (style habit 1)."""

import ast
from pathlib import Path

import pytest
from source import ROOT, place, python_files, tree

PURE = (
    "kernel/primitives",
    "kernel/contracts",
    "gateway/sdp",
    "gateway/sip",
    "gateway/calls",
    "gateway/guard",
    "gateway/registrar",
    "insight/kpi",
    "insight/given",
    "insight/judgement",
    "insight/alerts",
    "routing/agents",
    "routing/queues",
    "routing/acd",
    "routing/flows",
    "routing/callbacks",
    "routing/voicemail",
    "routing/reconciler",
    "routing/supervision",
    "routing/calls",
    "routing/matching",
)
PURE_FILES = (
    "insight/billed.py",
    "insight/overview.py",
    "insight/provider.py",
    "insight/report.py",
    "tenants/billing/book.py",
    "tenants/billing/charges.py",
    "tenants/billing/currency.py",
    "tenants/billing/deck_csv.py",
    "tenants/billing/entries.py",
    "tenants/billing/meter.py",
    "tenants/billing/periods.py",
    "tenants/billing/plans.py",
    "tenants/billing/price_checks.py",
    "tenants/billing/rates.py",
    "tenants/billing/rating.py",
    "tenants/billing/seats.py",
    "tenants/billing/steps.py",
    "tenants/billing/stretches.py",
    "tenants/webhooks/model.py",
    "tenants/webhooks/published.py",
    "tenants/webhooks/signing.py",
)
IMPURE = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "monotonic"),
    ("asyncio", "create_task"),
    ("asyncio", "ensure_future"),
    ("os", "urandom"),
    ("uuid", "uuid4"),
    ("uuid", "uuid1"),
    ("random", "random"),
    ("secrets", "token_hex"),
    ("secrets", "token_bytes"),
}


def clock_or_chance(node: ast.AST) -> str | None:
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return None
    return f"{node.value.id}.{node.attr}" if (node.value.id, node.attr) in IMPURE else None


def impurities(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(tree(path)):
        if (read := clock_or_chance(node)) is not None:
            found.append(f"{place(path, node)} reads {read}")
        if isinstance(node, ast.AsyncFunctionDef | ast.Await):
            found.append(f"{place(path, node)} is asynchronous")
    return found


@pytest.mark.parametrize("folder", PURE)
def test_pure_packages_read_no_clock_and_draw_no_randomness(folder: str) -> None:
    files = python_files(folder)
    assert files, f"{folder} is gone: update the list of pure packages"
    assert [found for path in files for found in impurities(path)] == []


@pytest.mark.parametrize("file", PURE_FILES)
def test_pure_files_beside_impure_ones_are_no_worse(file: str) -> None:
    assert impurities(ROOT / file) == []


def test_the_scan_sees_a_clock_read(tmp_path: Path) -> None:
    offender = tmp_path / "offender.py"
    offender.write_text("import time\n\ndef age():\n    return time.time()\n")
    assert [clock_or_chance(node) for node in ast.walk(tree(offender)) if clock_or_chance(node)] == ["time.time"]
