"""Connections under another certificate than the gateway's own: who is shown, who is believed, what is kept apart."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from gateway.io.listeners import DriverSettings, Listener
from gateway.sip.events import Acknowledged, InviteFailed, InviteReceived
from gateway.sip.flow import Flow
from gateway.sip.tls_identity import TlsIdentity
from tests.certificates import Authority
from tests.fakes import eventually
from tests.integration.sip_io.conftest import Start
from tests.integration.sip_io.stations import HOST, Station, identity

CARRIER = "carrier.example"


async def carrier(start: Start, authority: Authority) -> Station:
    """It asks for certificates, and takes calls."""
    files = authority.issue(CARRIER, HOST, client_ca=authority.file)
    found = await start(Listener(transport="TLS", host=HOST, port=0, tls=files))
    found.answer_calls()
    return found


async def caller(start: Start, authority: Authority, known: dict[str, TlsIdentity]) -> Station:
    own = Listener(transport="TLS", host=HOST, port=0, tls=authority.issue("gateway.example"))
    return await start(settings=DriverSettings(listeners=(own,), trusted_ca=authority.file, identity=known.get))


def call(station: Station, to: Station, name: str) -> None:
    station.invite(msgspec.structs.replace(to.target("TLS", CARRIER), identity=name))


def shown(station: Station) -> Sequence[str]:
    """By whom each call was placed, as the certificates of the connections say."""
    flows: list[Flow] = [event.flow for event in station.events if isinstance(event, InviteReceived)]
    return [name for flow in flows if (peer := station.driver.peer(flow)) for name in peer.names]


async def test_each_trunk_shows_its_own_certificate_on_its_own_connection(start: Start, authority: Authority) -> None:
    ours = identity("a", authority.issue("north.example"))
    theirs = identity("b", authority.issue("south.example"))
    far = await carrier(start, authority)
    near = await caller(start, authority, {one.name: one for one in (ours, theirs)})
    for count, name in enumerate((ours.name, theirs.name, "", ours.name), 1):
        call(near, far, name)
        await eventually(lambda count=count: far.count(Acknowledged) == count)
    assert shown(far) == ["north.example", "south.example", "gateway.example", "north.example"]
    assert near.driver.io_counters.connections == 3


async def test_a_trunks_own_authority_is_believed_by_that_trunk_only_and_no_other_is(
    start: Start, authority: Authority, tmp_path: Path
) -> None:
    private = Authority(tmp_path, "private")
    files = private.issue("north.example")
    believer, pedant = identity("a", files, private), identity("b", files, private)
    known = {believer.name: believer, pedant.name: pedant}
    near = await caller(start, authority, known)
    far = await carrier(start, private)
    call(near, far, "")
    await eventually(lambda: near.count(InviteFailed) == 1)
    call(near, far, believer.name)
    await eventually(lambda: far.count(Acknowledged) == 1)
    public = await carrier(start, authority)
    call(near, public, pedant.name)
    await eventually(lambda: near.count(InviteFailed) == 2)
    assert public.count(InviteReceived) == 0


async def test_a_certificate_that_is_gone_or_broken_is_replaced_by_no_other(start: Start, authority: Authority) -> None:
    files = authority.issue("north.example")
    broken = msgspec.structs.replace(identity("a", files), key="no key")
    near = await caller(start, authority, {broken.name: broken})
    far = await carrier(start, authority)
    for count, name in enumerate((broken.name, "was removed"), 1):
        call(near, far, name)
        await eventually(lambda count=count: near.count(InviteFailed) == count)
    assert far.driver.io_counters.connections == 0
