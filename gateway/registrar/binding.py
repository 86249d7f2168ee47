"""Where a telephone can be reached, as it said by REGISTER (RFC 3261 10, RFC 3327, RFC 5626)."""

from ipaddress import ip_address

import msgspec

from gateway.sip.flow import Destination, Flow, HostPort, Target
from gateway.sip.routing import ONE_WAY, default_port
from gateway.sip.uri import Uri


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """`key` tells two bindings of a telephone apart; times are of the gateway's steady clock, in seconds.

    `flow` is how the REGISTER came; None once that connection is gone. `q` is in thousandths.
    """

    key: str
    uri: str
    call_id: str
    cseq: int
    seconds: int  # what was granted
    expires_at: float
    made_at: float
    flow: Flow | None
    q: int = 1000
    path: tuple[str, ...] = ()
    instance: str = ""
    reg_id: int | None = None
    supports: tuple[str, ...] = ()
    user_agent: str = ""

    def __repr__(self) -> str:
        return f"Binding(seconds={self.seconds}, ...)"  # names of people do not belong in logs


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send the INVITE for a telephone: `uri` to `destination`, with these Route values.

    `supports` are the option tags of its last REGISTER, which is less than what its answer to an INVITE tells.
    """

    uri: str
    destination: Destination
    route: tuple[str, ...] = ()
    supports: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return "Place(...)"


def place_of(binding: Binding) -> Place:
    """Say how to reach a binding: only by the way its REGISTER came, so that nobody has us call a third party."""
    destination = binding.flow if binding.flow is not None else _contact_address(binding)
    return Place(uri=binding.uri, destination=destination, route=binding.path, supports=frozenset(binding.supports))


def _contact_address(binding: Binding) -> Target:
    """Where a telephone listens that has no connection any more: `without_flow` saw to it that this is its address."""
    uri = Uri.parse(binding.uri)
    transport = uri.transport or "UDP"
    return Target(transport, HostPort(uri.bare_host, uri.port or default_port(transport)))


def without_flow(binding: Binding, flow: Flow) -> Binding | None:
    """What is left of a binding whose connection is gone: None where nobody can connect to the telephone.

    One that is not behind NAT, has no outbound flow (RFC 5626 5.3) and no proxy before it is called at its Contact.
    """
    uri = Uri.parse(binding.uri)
    reachable = (
        not binding.path
        and binding.reg_id is None
        and flow.transport not in ONE_WAY
        and uri.transport == flow.transport
        and uri.bare_host == flow.remote.host
    )
    return msgspec.structs.replace(binding, flow=None) if reachable else None


def is_behind_nat(uri: Uri, flow: Flow) -> bool:
    """Whether a UDP telephone's Contact names another address than its packets come from."""
    if flow.transport != "UDP":
        return False
    return (uri.port or default_port("UDP")) != flow.remote.port or not _is_same_host(uri.bare_host, flow.remote.host)


def _is_same_host(named: str, seen: str) -> bool:
    """An address may be written in more ways than one; of a name nothing is known."""
    if named == seen:
        return True
    try:
        return ip_address(named) == ip_address(seen)
    except ValueError:
        return False


def contact_key(uri: Uri) -> str:
    """Compare Contacts as far as telephones need it (RFC 3261 19.1.4): user, host, port and transport."""
    port = "" if uri.port is None else f":{uri.port}"
    transport = (uri.param("transport") or "").lower()
    return f"{uri.scheme}:{uri.user or ''}@{uri.host.lower()}{port};{transport}"
