"""How a trunk is dialled: its configuration and two numbers become an attempt."""

from ipaddress import IPv6Address

from gateway.sip.calls import Credentials
from gateway.sip.flow import HostPort, Target, Transport
from gateway.sip.name_addr import NameAddr
from gateway.sip.uri import format_host
from gateway.trunks.attempt import Attempt
from gateway.trunks.sources import read_address
from kernel.contracts.directory import TrunkConfig
from kernel.primitives.phone import PhoneNumber

ANONYMOUS = NameAddr.of("sip:anonymous@anonymous.invalid", "Anonymous")  # RFC 3323 4.1.1.3


def attempt_through(trunk: TrunkConfig, called: PhoneNumber, caller: PhoneNumber | None) -> Attempt:
    """The INVITE of a call through `trunk`."""
    transport: Transport = "TCP" if trunk.transport == "tcp" else "UDP"
    host = format_host(trunk.host)
    suffix = ";transport=tcp" if transport == "TCP" else ""
    shown = caller.e164 if caller is not None else trunk.username
    address = read_address(trunk.host)
    return Attempt(
        trunk=trunk.trunk,
        target=f"sip:{called.e164}@{host}:{trunk.port}{suffix}",
        from_=NameAddr.of(f"sip:{shown}@{host}") if shown else ANONYMOUS,
        to=NameAddr.of(f"sip:{called.e164}@{host}"),
        destination=Target(transport, HostPort(trunk.host, trunk.port)) if address is not None else None,
        credentials=credentials_of(trunk),
        codecs=trunk.codecs,
        srtp=trunk.srtp,
        ipv6=isinstance(address, IPv6Address),
    )


def credentials_of(trunk: TrunkConfig) -> Credentials | None:
    """What answers the trunk's digest challenges."""
    if not trunk.username or trunk.password is None:
        return None
    return Credentials(trunk.username, trunk.password.reveal())
