"""The engine's protocol, byte for byte; `media/engine/control-messages/tests/golden.rs` reads the same files."""

import sys
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from kernel.contracts import engine as wire
from kernel.contracts.codec import pack, unpack

sys.path.insert(0, str(Path(__file__).parent))

from engine_samples import ANSWERS, COMMANDS, EVENTS, GOLDEN, samples

SAMPLES = samples()


@pytest.mark.parametrize("name", SAMPLES)
def test_message_has_its_golden_bytes(name: str) -> None:
    assert pack(SAMPLES[name]) == (GOLDEN / f"{name}.bin").read_bytes()


@pytest.mark.parametrize("name", SAMPLES)
def test_golden_bytes_are_read_as_the_message(name: str) -> None:
    message = SAMPLES[name]
    assert unpack((GOLDEN / f"{name}.bin").read_bytes(), type(message)) == message


def test_there_is_no_golden_file_without_a_sample() -> None:
    assert {path.stem for path in GOLDEN.glob("*")} == set(SAMPLES)


@pytest.mark.parametrize(
    ("union", "known"),
    [(wire.Command, COMMANDS), (wire.Answer, ANSWERS), (wire.EngineEvent, EVENTS)],
    ids=["commands", "answers", "events"],
)
def test_every_message_has_a_sample(union: object, known: dict[str, object]) -> None:
    assert {type(message) for message in known.values()} == set(get_args(union))


def test_fields_of_a_later_version_are_ignored() -> None:
    later = msgspec.msgpack.encode({"event": {"type": "ice_lost", "leg": "a", "why": "battery"}, "number": 7})
    assert unpack(later, wire.FromEngine) == wire.FromEngine(event=wire.IceLost(leg="a"))
