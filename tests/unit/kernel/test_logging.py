"""What is private does not reach a log line, whoever wrote it and however."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any, cast

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from kernel.adapters.logging import configure_logging, redact_text
from kernel.contracts.calls import Direction
from kernel.contracts.directory import TrunkConfig
from kernel.contracts.log import CallOffered
from kernel.primitives.ids import CallId, EventId, TrunkId
from kernel.primitives.phone import PhoneNumber
from kernel.primitives.secret import Secret
from tests.fakes import FakeClock, SequentialIds, TwoTenants

NUMBER = "+442071838750"


@pytest.fixture(params=[True, False], ids=["json", "console"])
def stream(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging(json=request.param, level="DEBUG", stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def dial(number: str) -> None:
    raise ValueError(f"cannot dial {number}")


def assert_redacted(logged: str) -> None:
    assert logged
    assert NUMBER[1:] not in logged.replace(" ", "").replace("-", "")
    assert "hunter2" not in logged


def test_a_phone_number_never_appears_in_any_log_line(
    stream: io.StringIO, ids: SequentialIds, tenants: TwoTenants, clock: FakeClock
) -> None:
    number = PhoneNumber.parse(NUMBER)
    trunk = TrunkId(ids.new())
    offered = CallOffered(
        id=EventId(ids.new()),
        tenant=tenants.ours,
        at=clock.now(),
        call=CallId(ids.new()),
        direction=Direction.INBOUND,
        trunk=trunk,
        called=number,
        caller=number,
    )
    log: Any = structlog.get_logger("gateway")
    log.info("call.offered", offered=offered, caller=number, nested={"numbers": [number, NUMBER]})
    log.info("sip.received", line=f"INVITE sip:{NUMBER}@example.net SIP/2.0", text="From: <tel:+44-20-7183-8750>")
    log.info("call from %s", NUMBER, uri=f"sip:{NUMBER[1:]}@127.0.0.1:5060")
    log.bind(called=NUMBER).warning("bound")
    logging.getLogger("uvicorn").warning("GET /v1/calls?number=%s", NUMBER, extra={"caller": NUMBER})
    try:
        dial(NUMBER)
    except ValueError:
        log.exception("dial.failed")
        logging.getLogger("other").exception("dial failed")
    assert_redacted(stream.getvalue())
    assert "50" in stream.getvalue(), "the last two digits tell two calls apart"


def test_a_secret_never_appears_in_any_log_line(stream: io.StringIO, ids: SequentialIds, tenants: TwoTenants) -> None:
    trunk = TrunkConfig(
        trunk=TrunkId(ids.new()),
        tenant=tenants.ours,
        name="carrier",
        sources=("192.0.2.0/24",),
        host="192.0.2.1",
        port=5060,
        transport="udp",
        password=Secret("hunter2"),
    )
    log: Any = structlog.get_logger("gateway")
    log.info("trunk.loaded", trunk=trunk, password="hunter2", headers={"Authorization": "hunter2", "cookie": "hunter2"})
    assert_redacted(stream.getvalue())
    assert "carrier" in stream.getvalue()


def test_json_lines_carry_level_logger_and_time(tenants: TwoTenants) -> None:
    stream = io.StringIO()
    configure_logging(json=True, level="info", stream=stream)
    log: Any = structlog.get_logger("kernel.test")
    log.debug("not.shown")
    log.info("shown", tenant=tenants.ours, count=12345678)
    structlog.reset_defaults()
    logging.getLogger().handlers.clear()
    [line] = stream.getvalue().splitlines()
    entry = cast("dict[str, object]", json.loads(line))
    assert entry.pop("timestamp")
    assert entry == {
        "event": "shown",
        "level": "info",
        "logger": "kernel.test",
        "tenant": str(tenants.ours),
        "count": 12345678,
    }


@pytest.mark.parametrize(
    "text",
    [
        "019500a0-1234-7000-8000-000000001234",
        "took 1234567.891 ms",
        "2026-03-02 09:00:00",
        "127.0.0.1:15060",
        "leg a1234567890",
        "version 1.2.3",
    ],
)
def test_what_is_no_telephone_number_stays(text: str) -> None:
    assert redact_text(text) == text


@given(
    st.integers(10**7, 10**15 - 1), st.sampled_from(["{}", "+{}", "sip:{}@host", "<tel:+{}>", "to {}.", "'{}'", "a={}"])
)
def test_a_number_is_redacted_wherever_it_stands(number: int, form: str) -> None:
    assert str(number) not in redact_text(form.format(number))
