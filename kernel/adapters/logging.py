"""Logs: structlog and the standard library's loggers through one redacting chain, as JSON lines or for a terminal."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import datetime
from typing import Any, TextIO, cast
from uuid import UUID

import structlog
from structlog.types import Processor

from kernel.primitives.phone import PhoneNumber
from kernel.primitives.secret import Secret

NUMBER_DIGITS_SHOWN = 2  # as PhoneNumber shows itself: enough to tell two calls apart
DEEPEST = 6  # levels of nested values; deeper ones are printed by their repr, redacted as text
SECRET_KEY = re.compile(r"passw|secret|token|authorization|cookie|api_?key|credential", re.IGNORECASE)
PHONE_NUMBER = re.compile(r"\+\d[\d ().-]{5,20}\d|(?<![\w.-])\d[\d ]{5,17}\d(?![\w-]|\.\d)")
"""What may be a telephone number in free text: after a plus with any separators (RFC 3966 5.1.1), else seven digits or
more that are no part of a word, a decimal number or a UUID."""

_QUIET = {"aiosqlite": logging.WARNING, "aioice": logging.WARNING, "aiortc": logging.WARNING}


def redact_text(text: str) -> str:
    return PHONE_NUMBER.sub(lambda match: "…" + match.group()[-NUMBER_DIGITS_SHOWN:], text)


def _redact(value: Any, depth: int = 0) -> object:
    if isinstance(value, str):
        return redact_text(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, PhoneNumber | Secret):
        return repr(value)
    if isinstance(value, UUID | datetime):
        return str(value)
    if isinstance(value, Mapping) and depth < DEEPEST:
        return _redact_mapping(cast(Mapping[Any, Any], value), depth + 1)
    if isinstance(value, list | tuple | set | frozenset) and depth < DEEPEST:
        return [_redact(item, depth + 1) for item in cast("list[Any]", value)]
    return redact_text(repr(cast(object, value)))


def _redact_mapping(values: Mapping[Any, Any], depth: int) -> dict[Any, object]:
    return {
        key: "…" if isinstance(key, str) and SECRET_KEY.search(key) else _redact(value, depth)
        for key, value in values.items()
    }


def redact(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The last processor before rendering: nothing is added after it."""
    kept = {"timestamp", "level", "logger", "exc_info"} & entry.keys()
    return _redact_mapping(entry, 0) | {key: entry[key] for key in kept}


def configure_logging(*, json: bool, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Set up both logging systems of this process, to standard error unless told; call once, before the first line."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    renderer: Processor = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, renderer],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(quiet)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
