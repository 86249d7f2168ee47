"""What gateways found of trunks, over HTTP: one trunk's, and all page by page; two tenants."""

from typing import Any

from api_server import THEIRS, Centre

from gateway.app.trunk_states import TrunkStateBook
from gateway.trunks.watched import Watched
from kernel.adapters import SystemIds
from kernel.contracts.carriers import TrunkReason
from kernel.contracts.directory import TrunkConfig
from tenants.directory import Role
from tenants.directory.operator import OperatorTrunks

BODY: dict[str, Any] = {"sources": [], "host": "sip.example.com", "transport": "tls"}
HEALTH = {"health": {"interval_seconds": 30, "down_after": 1}}


async def made(centre: Centre, whose: str, name: str, **more: Any) -> TrunkConfig:
    client = await (centre.client(Role.OWNER, whose) if whose else centre.client())
    answer = await client.post("/v1/trunks", json=BODY | {"name": name} | more)
    assert answer.status_code == 201, answer.text
    directory = OperatorTrunks(centre.database, centre.services.secrets)
    return next(one for one in await directory.trunks() if str(one.trunk) == answer.json()["id"])


async def down(book: TrunkStateBook, config: TrunkConfig, reason: TrunkReason) -> None:
    watched = Watched(config, 0.0, 0.0)
    await book.note(watched, watched.probed(503, reason), 503)


async def test_a_reason_is_told_of_one_trunk_and_of_all(centre: Centre) -> None:
    book = TrunkStateBook(centre.database, centre.services.clock, SystemIds(), "gateway")
    ours, idle = await made(centre, "", "ours", **HEALTH), await made(centre, "", "idle")
    theirs = await made(centre, THEIRS, "theirs", **HEALTH)
    await down(book, ours, TrunkReason.CERTIFICATE_EXPIRED)
    await down(book, theirs, TrunkReason.NAME_MISMATCH)
    client = await centre.client()
    answer = (await client.get(f"/v1/trunks/{ours.trunk}/state")).json()
    (state,) = answer["gateways"]
    assert (state["health"], state["status"], state["reason"]) == ("down", 503, "certificate_expired")
    assert state["reason_since"] == state["since"]
    first = (await client.get("/v1/trunk-states", params={"limit": 1})).json()
    assert first["items"] == [{"trunk_id": str(ours.trunk), "name": "ours", **answer}]
    rest = (await client.get("/v1/trunk-states", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert rest == {"items": [{"trunk_id": str(idle.trunk), "name": "idle", "gateways": []}], "next_cursor": None}
    only = [
        (await client.get(f"/v1/{kind}", params={"transport": "udp"})).json() for kind in ("trunks", "trunk-states")
    ]
    assert only == [{"items": [], "next_cursor": None}] * 2
    assert len((await client.get("/v1/trunks", params={"transport": "tls"})).json()["items"]) == 2
    foreign = await (await centre.client(Role.OWNER, THEIRS)).get("/v1/trunk-states")
    assert [(one["name"], one["gateways"][0]["reason"]) for one in foreign.json()["items"]] == [
        ("theirs", "name_mismatch")
    ]


async def test_what_stays_as_it_was_keeps_its_moment(centre: Centre) -> None:
    book = TrunkStateBook(centre.database, centre.services.clock, SystemIds(), "gateway")
    config = await made(centre, "", "ours", **HEALTH)
    client, watched = await centre.client(), Watched(config, 0.0, 0.0)

    async def found(reason: TrunkReason | None) -> dict[str, Any]:
        centre.clock.advance(60)
        status = 200 if reason is None else 503
        await book.note(watched, watched.probed(status, reason), status)
        (state,) = (await client.get(f"/v1/trunks/{config.trunk}/state")).json()["gateways"]
        return state

    first = await found(TrunkReason.UNREACHABLE)
    assert await found(TrunkReason.UNREACHABLE) == first
    other = await found(TrunkReason.UNKNOWN_AUTHORITY)
    assert (other["since"], other["reason"]) == (first["since"], "unknown_authority")
    assert other["reason_since"] > first["reason_since"]
    assert (await found(None))["reason"] == "unknown_authority"
    well = await found(None)
    assert (well["health"], well["reason"], well["reason_since"]) == ("up", None, None)
