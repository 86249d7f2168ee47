"""Every text of a trunk that somebody sets by the API: none brings a line of its own into a message or a file."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, cast, get_args, get_type_hints
from uuid import UUID

import msgspec
import pytest

from kernel.contracts.trunks import InboundAccount, PrefixRule, Signing, TrunkOptions, TrunkTls
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import TrunkId
from tenants.directory.model import Trunk
from tenants.directory.trunk_checks import checked

BREAKS = ["\r\nInjected: x", "\nInjected: x", "\rInjected: x", "\x00", "\u2028Injected: x", "\x85Injected: x"]
RULE = PrefixRule("0", "1")
OPTIONS = TrunkOptions(
    domain="voice.example",
    inbound=InboundAccount(domain="pbx.example.org", username="headquarters"),
    signing=Signing(certificate_url="https://certificates.example/ours.pem"),
)
TRUNK = Trunk(
    id=TrunkId(UUID(int=1)),
    name="carrier",
    sources=("192.0.2.1/32",),
    host="sip.carrier.example",
    port=5060,
    transport="udp",
    username="account",
    sealed_password=b"x",
    sealed_inbound_password=b"x",
    sealed_signing_key=b"x",
    region="GB",
    options=msgspec.structs.replace(
        OPTIONS,
        numbers=msgspec.structs.replace(OPTIONS.numbers, out=(RULE,), arriving=(RULE,), tech_prefix="1"),
        caller=msgspec.structs.replace(OPTIONS.caller, fixed="+442071838750"),
    ),
)
# A domain has to be one of the tenant's telephone domains, which have a rule of their own; PEM is read as such.
ELSEWHERE = {"options.inbound.domain", *(f"options.tls.{name}" for name in TrunkTls.__struct_fields__)}


Make = Callable[[str], Any]  # the whole with this text at one place


def texts(of: msgspec.Struct, path: str = "") -> Iterator[tuple[str, Make]]:
    """Each text that may hold anything, and the whole as it is with something behind it."""
    for name, kind in get_type_hints(type(of)).items():
        value: Any = getattr(of, name)
        many = isinstance(value, tuple)
        first = next(iter(cast(tuple[Any, ...], value)), None) if many else value
        put = partial(_put, of, name, many)
        if isinstance(first, msgspec.Struct):
            yield from ((at, partial(_through, put, make)) for at, make in texts(first, f"{path}{name}."))
        elif isinstance(first, str) and (kind is str or {str, tuple[str, ...]} & {kind, *get_args(kind)}):
            yield f"{path}{name}", partial(_behind, put, first)


def _put(of: msgspec.Struct, name: str, many: bool, new: Any) -> Any:
    return msgspec.structs.replace(of, **{name: (new,) if many else new})


def _through(put: Callable[[Any], Any], make: Make, bad: str) -> Any:
    return put(make(bad))


def _behind(put: Callable[[Any], Any], text: str, bad: str) -> Any:
    return put(f"{text}{bad}")


FOUND = dict(texts(TRUNK))


def test_they_are_found() -> None:
    assert checked(TRUNK) == TRUNK
    assert FOUND.keys() == {
        "name",
        "sources",
        "host",
        "username",
        "codecs",
        "region",
        "options.domain",
        "options.numbers.out.prefix",
        "options.numbers.out.replacement",
        "options.numbers.arriving.prefix",
        "options.numbers.arriving.replacement",
        "options.numbers.tech_prefix",
        "options.caller.fixed",
        "options.inbound.domain",
        "options.inbound.username",
        "options.signing.certificate_url",
    }


@pytest.mark.parametrize("bad", BREAKS)
@pytest.mark.parametrize("path", sorted(FOUND.keys() - ELSEWHERE))
def test_a_line_break_is_refused_wherever_it_stands(path: str, bad: str) -> None:
    """Or what is read is the number without it."""
    with suppress(InvalidInput):
        assert checked(FOUND[path](bad)) == TRUNK
