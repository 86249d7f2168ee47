"""Plans, prices, rate decks, kinds of seats, entries and usage over HTTP."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from api_server import THEIRS, Centre, problem

from kernel.contracts.base import TenantScope
from kernel.contracts.calls import Direction, EndCause, EndReason, EndResult
from kernel.contracts.log import CallAnswered, CallEnded, CallOffered
from kernel.primitives.ids import CallId, EventId, TrunkId
from kernel.primitives.phone import PhoneNumber
from tenants.directory import Role, load_tenant_directory

DECK = "prefix,destination,price_per_minute,increment_seconds\n49,Germany,0.01,60\n4915,Germany mobile,0.1,1\n"
CSV = {"Content-Type": "text/csv"}
ITEMS = {"seats.named": "4900", "seats.supervisor": "6900", "seats.light": "900", "addon.recording": "500"}


async def plan_with(client: httpx.AsyncClient, items: dict[str, str], **more: Any) -> str:
    """A new plan with these prices."""
    answer = await client.post("/v1/provider/plans", json={"name": f"Plan {len(items)}", "currency": "EUR"} | more)
    assert answer.status_code == 201, answer.text
    plan = answer.json()["id"]
    priced = await client.post(f"/v1/provider/plans/{plan}/prices", json={"items": items})
    assert priced.status_code == 201, priced.text
    return plan


async def deck_with(client: httpx.AsyncClient, text: str) -> str:
    deck = (await client.post("/v1/provider/rate-decks", json={"name": "A-Z", "currency": "EUR"})).json()["id"]
    answer = await client.post(f"/v1/provider/rate-decks/{deck}/versions", content=text, headers=CSV)
    assert answer.status_code == 201, answer.text
    return deck


class TestPlans:
    async def test_a_plan_can_be_chosen_once_it_has_prices(self, centre: Centre) -> None:
        client = await centre.client()
        before = (await client.get("/v1/plans")).json()["items"]
        assert [plan["name"] for plan in before] == ["standard"]
        await client.post("/v1/provider/plans", json={"name": "Empty", "currency": "EUR"})
        plan = await plan_with(client, ITEMS)
        names = [plan["name"] for plan in (await client.get("/v1/plans")).json()["items"]]
        assert names == ["standard", "Plan 4"]
        change = {"plan_id": plan, "seats": 3, "supervisor_seats": 1}
        chosen = (await client.patch("/v1/plan", json=change)).json()
        assert (chosen["name"], chosen["seats"], chosen["supervisor_seats"]) == ("Plan 4", 3, 1)
        assert chosen["price_per_seat"] == {"minor": 4900, "currency": "EUR"}
        assert chosen["prices"]["addon.recording"] == "500"

    async def test_a_plan_that_is_no_longer_offered_stays_with_who_has_it(self, centre: Centre) -> None:
        client = await centre.client()
        plan = await plan_with(client, ITEMS)
        await client.patch("/v1/plan", json={"plan_id": plan})
        answer = await client.patch(f"/v1/provider/plans/{plan}", json={"offered": False})
        assert (answer.json()["offered"], answer.headers["etag"]) == (False, '"2"')
        assert (await client.get("/v1/plan")).json()["id"] == plan
        assert (await client.patch("/v1/plan", json={"seats": 7})).status_code == 200
        standard = (await client.get("/v1/plans")).json()["items"][0]["id"]
        await client.patch("/v1/plan", json={"plan_id": standard})
        problem(await client.patch("/v1/plan", json={"plan_id": plan}), 404, "not_found")

    async def test_prices_hold_from_now_on_or_later_and_never_backward(self, centre: Centre) -> None:
        client = await centre.client()
        plan = (await client.get("/v1/plan")).json()["id"]
        path = f"/v1/provider/plans/{plan}/prices"
        now = centre.clock.now()
        past = (now - timedelta(seconds=1)).isoformat()
        problem(await client.post(path, json={"items": ITEMS, "since": past}), 409, "price_in_the_past")
        problem(await client.post(path, json={"items": ITEMS, "since": "2026-04-01T00:00:00"}), 422, "invalid_input")
        later = (now + timedelta(hours=1)).isoformat()
        assert (await client.post(path, json={"items": ITEMS | {"seats.named": "5900"}, "since": later})).is_success
        assert (await client.get("/v1/plan")).json()["price_per_seat"]["minor"] == 4900
        centre.clock.advance(3600)
        assert (await client.get("/v1/plan")).json()["price_per_seat"]["minor"] == 5900
        assert [one["items"]["seats.named"] for one in (await client.get(path)).json()["items"]] == ["4900", "5900"]

    @pytest.mark.parametrize(
        "items",
        [
            {"seats.named": "-1"},
            {"seats.named": "0.5"},
            {"seats.named": "cheap"},
            {"seats.named": "NaN"},
            {"seats.concurrent": "100"},
            {"numbers": "0.0000001"},
            {"addon.Bad Name": "1"},
        ],
    )
    async def test_prices_that_cannot_be(self, centre: Centre, items: dict[str, str]) -> None:
        client = await centre.client()
        plan = (await client.get("/v1/plan")).json()["id"]
        answer = await client.post(f"/v1/provider/plans/{plan}/prices", json={"items": items})
        document = problem(answer, 422, "invalid_input")
        assert [error["field"] for error in document["errors"]] == [f"items.{code}" for code in items]

    async def test_another_provider_s_price_list_is_not_there(self, centre: Centre) -> None:
        plan = await plan_with(await centre.client(), ITEMS)
        stranger = await centre.client(Role.OWNER, THEIRS)
        assert [one["name"] for one in (await stranger.get("/v1/provider/plans")).json()["items"]] == ["standard"]
        problem(await stranger.get(f"/v1/provider/plans/{plan}"), 404, "not_found")
        problem(await stranger.patch("/v1/plan", json={"plan_id": plan}), 404, "not_found")
        answer = await stranger.post(f"/v1/provider/plans/{plan}/prices", json={"items": ITEMS})
        problem(answer, 404, "not_found")

    async def test_two_plans_of_one_name(self, centre: Centre) -> None:
        answer = await (await centre.client()).post("/v1/provider/plans", json={"name": "standard", "currency": "EUR"})
        problem(answer, 409, "plan_name_taken")


class TestSeats:
    async def test_kinds_and_addons_of_a_seat_with_their_history(self, centre: Centre) -> None:
        client, agent = await centre.client(), await centre.user(Role.AGENT)
        plan = await plan_with(client, ITEMS)
        await client.patch("/v1/plan", json={"plan_id": plan, "seats": 1, "light_seats": 1})
        await client.put(f"/v1/seats/{agent}")
        start = centre.clock.now()
        centre.clock.advance(60)
        seat = (await client.put(f"/v1/seats/{agent}", json={"addons": ["recording"]})).json()
        assert (seat["kind"], seat["addons"]) == ("agent", ["recording"])
        centre.clock.advance(60)
        assert (await client.put(f"/v1/seats/{agent}", json={"kind": "light"})).json()["addons"] == ["recording"]
        centre.clock.advance(60)
        await client.delete(f"/v1/seats/{agent}")
        history = (await client.get("/v1/seat-history", params={"user_id": str(agent)})).json()["items"]
        told = [(one["kind"], one["addons"], one["since"], one["until"]) for one in history]
        at = [f"{start + timedelta(seconds=60 * minute):%Y-%m-%dT%H:%M:%SZ}" for minute in range(4)]
        assert told == [
            ("agent", [], at[0], at[1]),
            ("agent", ["recording"], at[1], at[2]),
            ("light", ["recording"], at[2], at[3]),
        ]

    async def test_what_the_plan_does_not_have_is_refused(self, centre: Centre) -> None:
        client, agent = await centre.client(), await centre.user(Role.AGENT)
        for wanted in ({"addons": ["recording"]}, {"kind": "supervisor"}):
            document = problem(await client.put(f"/v1/seats/{agent}", json=wanted), 409, "not_sold")
            assert document["plan"] == "standard"
        problem(await client.patch("/v1/plan", json={"light_seats": 1}), 409, "not_sold")

    async def test_no_free_seat_of_the_kind(self, centre: Centre) -> None:
        client = await centre.client()
        await client.patch("/v1/plan", json={"plan_id": await plan_with(client, ITEMS), "seats": 1})
        agent = await centre.user(Role.AGENT)
        document = problem(await client.put(f"/v1/seats/{agent}", json={"kind": "supervisor"}), 409, "no_free_seat")
        assert (document["kind"], document["seats"], document["plan"]) == ("supervisor", 0, "Plan 4")

    async def test_a_light_seat_is_not_for_calls(self, centre: Centre) -> None:
        client, agent = await centre.client(), await centre.user(Role.AGENT)
        await client.patch("/v1/plan", json={"plan_id": await plan_with(client, ITEMS), "light_seats": 1})
        await client.put(f"/v1/seats/{agent}", json={"kind": "light"})
        directory = await load_tenant_directory(centre.database, TenantScope(await centre.tenant()), centre.clock.now())
        assert {profile.agent: profile.has_seat for profile in directory.agents} == {agent: False}

    async def test_on_a_plan_of_concurrent_seats_whoever_works_calls_may_log_in(self, centre: Centre) -> None:
        client, agent = await centre.client(), await centre.user(Role.AGENT)
        await client.put(f"/v1/seats/{agent}")
        plan = await plan_with(client, {"seats.concurrent": "9900"}, metric="concurrent")
        await client.patch("/v1/plan", json={"plan_id": plan, "seats": 5})
        directory = await load_tenant_directory(centre.database, TenantScope(await centre.tenant()), centre.clock.now())
        supervisor = await centre.user(Role.SUPERVISOR)
        assert {profile.agent: profile.has_seat for profile in directory.agents} == {agent: True, supervisor: True}
        assert directory.seats is not None
        assert (directory.seats.plan, directory.seats.seats, directory.seats.concurrent) == ("Plan 1", 5, True)
        assert (await client.get("/v1/seats")).json()["assigned"] == []
        problem(await client.put(f"/v1/seats/{agent}"), 409, "not_sold")


class TestDecks:
    async def test_a_deck_is_brought_in_and_asked(self, centre: Centre) -> None:
        client = await centre.client(Role.BILLING)
        deck = await deck_with(client, DECK)
        path = f"/v1/provider/rate-decks/{deck}"
        rates = (await client.get(f"{path}/rates")).json()["items"]
        assert [(rate["prefix"], rate["price"]) for rate in rates] == [("49", "1"), ("4915", "10")]
        page = (await client.get(f"{path}/rates", params={"limit": 1})).json()
        rest = (await client.get(f"{path}/rates", params={"limit": 1, "cursor": page["next_cursor"]})).json()
        assert [page["items"][0]["prefix"], rest["items"][0]["prefix"], rest["next_cursor"]] == ["49", "4915", None]
        (one,) = (await client.get(f"{path}/rates", params={"number": "+4915112345"})).json()["items"]
        assert one["destination"] == "Germany mobile"
        assert (await client.get(f"{path}/rates", params={"number": "+331"})).json()["items"] == []
        (version,) = (await client.get(f"{path}/versions")).json()["items"]
        assert version["rates"] == 2
        assert (await client.get(path)).json()["name"] == "A-Z"

    async def test_a_wrong_file_changes_nothing_and_names_its_lines(self, centre: Centre) -> None:
        client = await centre.client()
        deck = await deck_with(client, DECK)
        path = f"/v1/provider/rate-decks/{deck}/versions"
        document = problem(await client.post(path, content=f"{DECK}4x,No,1,1\n", headers=CSV), 422, "invalid_input")
        assert [(error["field"], error["code"]) for error in document["errors"]] == [("line 4", "bad_prefix")]
        past = (centre.clock.now() - timedelta(days=1)).isoformat()
        answer = await client.post(path, content=DECK, headers=CSV, params={"since": past})
        problem(answer, 409, "price_in_the_past")
        assert len((await client.get(path)).json()["items"]) == 1


async def talked(centre: Centre, called: str, seconds: int) -> None:
    """An agent called somebody; the call ends now."""
    tenant, now = await centre.tenant(), centre.clock.now()
    call, trunk = CallId(centre.ids.new()), TrunkId(UUID(int=1))

    def stamp(at: datetime) -> dict[str, Any]:
        return {"id": EventId(centre.ids.new()), "tenant": tenant, "at": at, "call": call}

    begun = now - timedelta(seconds=seconds)
    offered = CallOffered(
        **stamp(begun), direction=Direction.OUTBOUND, trunk=trunk, called=PhoneNumber(called), caller=None
    )
    ended = CallEnded(**stamp(now), cause=EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_AGENT))
    async with centre.database.write() as uow:
        await uow.append(offered, CallAnswered(**stamp(begun)), ended)


class TestUsage:
    async def begin(self, centre: Centre) -> httpx.AsyncClient:
        client = await centre.client(Role.BILLING)
        deck = await deck_with(client, DECK)
        plan = await plan_with(client, ITEMS)
        prices = {"items": ITEMS, "outbound_deck_id": deck}
        assert (await client.post(f"/v1/provider/plans/{plan}/prices", json=prices)).is_success
        assert (await client.patch("/v1/plan", json={"plan_id": plan, "seats": 0})).is_success
        centre.clock.advance(600)
        await talked(centre, "+4930123456", 61)
        await talked(centre, "+4915112345678", 30)
        await talked(centre, "+33144556677", 30)
        return client

    async def test_entries_are_listed_and_exported(self, centre: Centre) -> None:
        client = await self.begin(centre)
        page = (await client.get("/v1/billing-entries", params={"limit": 2})).json()
        rest = (await client.get("/v1/billing-entries", params={"cursor": page["next_cursor"]})).json()
        entries = [*page["items"], *rest["items"]]
        told = {None if one["rated"] is None else one["rated"]["destination"]: one for one in entries}
        assert (told["Germany"]["quantity"], told["Germany"]["rated"]["quantity"]) == (61, 120)
        assert told["Germany mobile"]["rated"]["amount"] == "5"
        assert (told[None]["quantity"], told[None]["kind"]) == (30, "minutes")
        text = (await client.get("/v1/billing-entries.csv")).text
        rows = list(csv.DictReader(io.StringIO(text)))
        assert sorted(row["id"] for row in rows) == sorted(one["id"] for one in entries)
        assert {row["amount"] for row in rows} == {"2", "5", ""}
        assert (await centre.audit())[0].action == "billing_entries.exported"
        none = await client.get("/v1/billing-entries", params={"kind": "log_in"})
        assert none.json()["items"] == []
        wrong = {"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}
        problem(await client.get("/v1/billing-entries", params=wrong), 422, "invalid_input")

    async def test_entries_of_the_other_tenant_are_not_there(self, centre: Centre) -> None:
        await self.begin(centre)
        stranger = await centre.client(Role.OWNER, THEIRS)
        assert (await stranger.get("/v1/billing-entries")).json()["items"] == []
        assert (await stranger.get("/v1/seat-history")).json()["items"] == []

    async def test_the_running_month_up_to_now(self, centre: Centre) -> None:
        client = await self.begin(centre)
        usage = (await client.get("/v1/usage")).json()
        assert (usage["period"], usage["time_zone"]) == ("2026-03", "Europe/Berlin")
        assert usage["until"] == f"{centre.clock.now():%Y-%m-%dT%H:%M:%SZ}"
        seats = [one["code"] for one in usage["charges"]]
        assert "minutes" not in seats  # they ended in this very second, which is not over
        centre.clock.advance(1)
        usage = (await client.get("/v1/usage")).json()
        minutes = {one["text"]: one for one in usage["charges"] if one["code"] == "minutes"}
        assert minutes["Minutes: Germany"]["quantity"] == "2"
        assert minutes["Minutes: Germany mobile"]["entries"] == 1
        total = sum(one["amount"]["minor"] for one in usage["charges"])
        assert usage["totals"] == [{"minor": total, "currency": "EUR"}]


async def test_a_number_is_charged_while_it_is_held(centre: Centre) -> None:
    client = await centre.client()
    plan = await plan_with(client, ITEMS | {"numbers": "74300"})
    await client.patch("/v1/plan", json={"plan_id": plan, "seats": 0})
    queue = (await centre.queue())["id"]
    number = (await client.post("/v1/numbers", json={"e164": "+442071838750", "queue_id": queue})).json()["id"]
    centre.clock.advance(3_600)
    assert (await client.delete(f"/v1/numbers/{number}")).status_code == 204
    lines = (await client.get("/v1/invoices/preview")).json()["lines"]
    (line,) = [line for line in lines if line["code"] == "numbers"]
    assert line["amount_minor"] == 100  # an hour of a March of 743 hours
