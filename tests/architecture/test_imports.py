"""The import contracts of `.importlinter` hold, and cover every top-level package."""

import configparser
import subprocess
import sys
from pathlib import Path

from source import PACKAGES, ROOT


def test_import_contracts_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    outcome = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert outcome.returncode == 0, outcome.stdout


def test_every_top_level_package_is_under_contract() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    assert set(config["importlinter"]["root_packages"].split()) == set(PACKAGES)
    on_disk = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert on_disk - {"load_tests", "tests"} == set(PACKAGES)
