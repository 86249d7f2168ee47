"""The one way messages become bytes and back (MessagePack on the bus and in the log, JSON towards browsers)."""

import re
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from kernel.primitives.phone import ERASED, PhoneNumber

T = TypeVar("T")


def _decode_value(kind: type, value: object) -> object:
    if kind is PhoneNumber and isinstance(value, str):
        return PhoneNumber.parse(value) if value else ERASED
    raise NotImplementedError(f"cannot decode {kind.__name__}")


def _decode_kept(kind: type, value: object) -> object:
    """What we wrote ourselves was checked when it came in: judging each number anew would cost most of a page."""
    if kind is PhoneNumber and isinstance(value, str) and _E164.fullmatch(value):
        return PhoneNumber(value)
    return _decode_value(kind, value)


_E164 = re.compile(r"\+[1-9][0-9]{2,14}")
_text_of = attrgetter("e164")  # of a PhoneNumber: nothing else of ours is unknown to msgspec
_MSGPACK = msgspec.msgpack.Encoder(enc_hook=_text_of)
_JSON = msgspec.json.Encoder(enc_hook=_text_of)


@cache
def _msgpack_decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind, dec_hook=_decode_kept)


@cache
def _json_decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, dec_hook=_decode_value)


def pack(message: object) -> bytes:
    return _MSGPACK.encode(message)


def unpack(data: bytes, kind: Any) -> Any:
    """msgspec.ValidationError or DecodeError on anything that is not a `kind`."""
    return _msgpack_decoder(kind).decode(data)


def reader(kind: Any) -> Callable[[bytes], Any]:
    """`unpack` of one kind, for what is read thousands of times a second: a union is dear to look up."""
    return _msgpack_decoder(kind).decode


def to_json(message: object) -> bytes:
    return _JSON.encode(message)


def from_json(data: bytes | str, kind: Any) -> Any:
    return _json_decoder(kind).decode(data)
