"""Whatever routing refuses is told at the desk in words, never by its code alone."""

import inspect
import json
from pathlib import Path
from types import ModuleType

import pytest

import routing.callbacks.errors
import routing.errors
import routing.voicemail.errors
from kernel.primitives.errors import CordboardError

WORDS = Path(__file__).parents[3] / "web/apps/desk/src/i18n/locales/en/desk.json"


@pytest.mark.parametrize("module", [routing.errors, routing.callbacks.errors, routing.voicemail.errors])
def test_every_refusal_has_words(module: ModuleType) -> None:
    words = json.loads(WORDS.read_text())["problem"]
    found = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, CordboardError)]
    codes = {kind.code for kind in found if kind is not CordboardError}
    assert codes
    assert codes - words.keys() == set()
