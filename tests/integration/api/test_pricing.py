"""`cordboard billing`, as the operator types it."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main

DECK = "prefix,destination,price_per_minute\n49,Germany,0.005\n"


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """At a machine with one tenant."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cordboard.toml").write_text(f'[storage]\nfolder = "{tmp_path / "store"}"\n')
    runner = CliRunner()
    password = "correct horse battery staple"
    told = ask(runner, "init", "--tenant", "Ours", "--email", "olive@ours.example", "--password", password)
    assert told.exit_code == 0, told.output
    return runner


def ask(runner: CliRunner, *words: str) -> Result:
    command, rest = words[:2] if words[0] == "billing" else words[:1], words[2:] if words[0] == "billing" else words[1:]
    return runner.invoke(main, [*command, "--config", "cordboard.toml", *rest])


def said(result: Result) -> str:
    """Without the frame around it."""
    return " ".join(re.findall(r"[\w.=]+", result.output))


def test_the_operator_sets_what_providers_pay(operator: CliRunner, tmp_path: Path) -> None:
    listed = ask(operator, "billing", "plans").output
    assert "retail: seats.named=4900 EUR; wholesale: no prices" in listed
    provider, plan = re.findall(r"(?:provider|plan) ([0-9a-f-]{36})", listed)
    (tmp_path / "deck.csv").write_text(DECK)
    deck = ask(operator, "billing", "deck", provider, "A-Z", str(tmp_path / "deck.csv")).output.strip()
    set_prices = ask(operator, "billing", "wholesale", plan, "seats.named=3100", "--outbound-deck", deck)
    assert set_prices.exit_code == 0, set_prices.output
    assert "wholesale: seats.named=3100 EUR" in ask(operator, "billing", "plans").output


def test_what_cannot_be_is_refused_in_a_line(operator: CliRunner) -> None:
    listed = ask(operator, "billing", "plans").output
    _, plan = re.findall(r"(?:provider|plan) ([0-9a-f-]{36})", listed)
    assert "number of minor units" in said(ask(operator, "billing", "wholesale", plan, "seats.named=cheap"))
    unknown = ask(operator, "billing", "wholesale", plan.replace(plan[:8], "0" * 8), "seats.named=1")
    assert "no such plan" in said(unknown)


def test_a_recount_of_an_unused_centre_finds_nothing(operator: CliRunner) -> None:
    told = ask(operator, "billing", "recount")
    assert (told.exit_code, told.output.strip()) == (0, "The billing entries of 1 tenants agree with the log.")
