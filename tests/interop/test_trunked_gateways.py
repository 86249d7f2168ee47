"""Two whole gateways of two tenants, trunked to each other: the one proves to the other who it is."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from load_tests.peers.sipp import Dialler, dial
from load_tests.peers.system import Centre, System, eventually, make_centre, new_system

pytestmark = [pytest.mark.peers("sipp"), pytest.mark.timeout(180)]

OTHER_NUMBER = "+442071838999"
REALM = "trunk.second.example"
PASSWORD = "what two gateways share"


async def ended_calls(system: System) -> list[dict[str, Any]]:
    return [call for call in (await system.get("/v1/calls"))["items"] if call["ended_at"]]


async def change(system: System, path: str, **body: Any) -> None:
    answer = await system.owner.patch(path, json=body)
    assert answer.is_success, answer.text


async def accounts(second: System) -> None:
    """The second gateway's side: the first one may come from anywhere, and proves who it is."""
    await second.post("/v1/phone-domains", domain=REALM)
    inbound = {"domain": REALM, "username": "first", "algorithm": "SHA-256"}
    await second.post(
        "/v1/trunks", name="First", sources=[], host="127.0.0.1", inbound=inbound, inbound_password=PASSWORD
    )
    (queue,) = (await second.get("/v1/queues"))["items"]
    await second.post("/v1/numbers", e164=OTHER_NUMBER, queue_id=queue["id"])
    await second.settled()


async def forward(first: System, second: System) -> None:
    """The first one's number leads to the second one's, through a trunk that shows the caller."""
    (number,) = (await first.get("/v1/numbers"))["items"]
    (carrier,) = (await first.get("/v1/trunks"))["items"]
    way = await first.post(
        "/v1/trunks",
        name="Second",
        sources=[],
        host="127.0.0.1",
        port=second.sip_port,
        domain=REALM,
        username="first",
        password=PASSWORD,
        caller={"own_only": False},
    )
    await change(first, f"/v1/trunks/{carrier['id']}", outbound=False)
    await change(first, "/v1/tenant", outbound_trunk_id=way["id"])
    await change(first, f"/v1/numbers/{number['id']}", forward_number=OTHER_NUMBER)
    await first.settled()


async def test_a_number_of_one_leads_to_the_queue_of_the_other(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
    first, second = await asyncio.gather(*(new_system(folder) for folder in folders))
    try:
        await asyncio.gather(*(make_centre(system, carrier_port=9, greeting=[]) for system in (first, second)))
        await accounts(second)
        await forward(first, second)
        outcome = await dial(tmp_path, first.sip_port, Dialler(Centre.NUMBER, calls=2, per_second=2, seconds=60))
        assert (outcome.successful, outcome.failed) == (2, 0)

        async def both() -> bool:
            return [len(await ended_calls(system)) for system in (first, second)] == [2, 2]

        assert await eventually(both, 30)
        ours, theirs = [
            sorted(await ended_calls(system), key=lambda call: str(call["caller"])) for system in (first, second)
        ]
        for one, other in zip(ours, theirs, strict=True):
            assert one["caller"] == other["caller"] is not None
            assert (one["called"], other["called"]) == (Centre.NUMBER, OTHER_NUMBER)
            assert other["diverted_by"] == Centre.NUMBER
            assert one["diverted_by"] is None
            assert one["end_cause"]["reason"] == "hangup_by_caller"
            assert other["end_cause"]["reason"] in {"hangup_by_caller", "abandoned"}
            assert one["end_cause"]["q850"] == other["end_cause"]["q850"]
    finally:
        await asyncio.gather(first.stop(), second.stop())
