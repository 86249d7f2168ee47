"""Documents name only what exists, and stay short enough to be read."""

import re
from pathlib import Path

import pytest
from source import ROOT

ARCHITECTURE_LINES = 300
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
PATH = re.compile(r"`((?:\.?[\w-]+/)+[\w.-]*|[\w-]+\.(?:md|toml|py|rs|yml))`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_in_a_document_exists(document: Path) -> None:
    named = {match.group(1) for match in PATH.finditer(document.read_text())}
    missing = {name for name in named if not any((base / name).exists() for base in (ROOT, document.parent))}
    generated = {name for name in missing if name.startswith(("var/", ".venv/", ".tools/", "target/"))}
    assert missing - generated == set()


SHORT = {
    "sip": "tests/unit/gateway/sip",
    "trunks": "tests/unit/gateway/trunks",
    "registrar": "tests/unit/gateway/registrar",
    "gateway": "tests/integration/gateway",
    "io": "tests/integration/sip_io",
    "interop": "tests/interop",
}
NAMED_SHORTLY = re.compile(r"\b(\w+): ((?:`\w+`(?: \([^)]*\))?(?:, )?)+)")


def test_every_test_that_the_proofs_of_sip_name_shortly_exists() -> None:
    rows = [line for line in (ROOT / "docs/sip-proofs.md").read_text().splitlines() if line.startswith("|")]
    named = {
        f"{SHORT[match[1]]}/test_{name}.py"
        for row in rows
        for match in NAMED_SHORTLY.finditer(row)
        if match[1] in SHORT
        for name in re.findall(r"`(\w+)`", match[2])
    }
    assert len(named) > 60, "the search is broken"
    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_the_architecture_fits_on_a_few_pages() -> None:
    assert len((ROOT / "docs/architecture.md").read_text().splitlines()) <= ARCHITECTURE_LINES


def test_every_decision_tells_context_decision_and_alternatives() -> None:
    for decision in (ROOT / "docs/decisions").glob("*.md"):
        text = decision.read_text()
        for heading in ("## Context", "## Decision", "## Alternatives"):
            assert heading in text, f"{decision.name} lacks {heading}"
