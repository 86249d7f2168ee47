"""What is given and chosen, and the indicators as people read them, over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from api_history import History
from api_server import START, THEIRS, Centre, problem

from insight.kpi.indicators import INDICATORS
from kernel.contracts.calls import AgentState
from kernel.contracts.log import CallDisposed
from kernel.primitives.ids import QueueId, UserId
from tenants.directory import Role

GIVEN, SETTINGS, OVERVIEW, RULES = (
    "/v1/indicators/given",
    "/v1/indicators/settings",
    "/v1/indicators/overview",
    "/v1/alert-rules",
)
HOUR = {"since": "2026-03-02T09:30:00Z", "unit": "hour"}
DAY = {"since": "2026-03-02T00:00:00Z", "until": "2026-03-03T00:00:00Z"}


BILLED_HOUR = 2 * 4900 / (31 * 24 - 1)
"""In cents, of two seats at 49 EUR a month, in a March in which Berlin loses an hour; one call was taken."""


class Shop:
    """A queue with an agent who took one call in the first minute after nine: waited 4 s, talked 30 s."""

    def __init__(self, centre: Centre, queue: dict[str, Any], agent: UserId, history: History) -> None:
        self.centre = centre
        self.queue = queue["id"]
        self.agent = str(agent)
        self.user = agent
        self.history = history

    async def opened(self) -> None:
        history, queue = self.history, QueueId(UUID(self.queue))
        await history.write(history.state(self.user, AgentState.AVAILABLE))
        self.call = await history.whole_call(self.user, queue)
        await history.write(
            CallDisposed(
                id=history.new_call(),  # type: ignore[arg-type]
                tenant=await self.centre.tenant(),
                at=START + timedelta(seconds=50),
                call=self.call,
                agent=self.user,
                disposition="resolved",
            ),
            history.state(self.user, AgentState.NOT_READY, 1800),
        )
        self.centre.clock.advance(3600)

    def shift(self, number: int = 1, **more: Any) -> dict[str, Any]:
        times = {"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z"}
        return {"kind": "shift", "id": str(UUID(int=number)), "agent_id": self.agent, **times, **more}

    def cost(self, minor: int, **more: Any) -> dict[str, Any]:
        return self.shift(9) | {"kind": "cost", "minor": minor, "agent_id": None, **more}


@pytest.fixture
async def shop(centre: Centre) -> Shop:
    agent = await centre.user(Role.AGENT)
    queue = await centre.queue(agents=[str(agent)])
    shop = Shop(centre, queue, agent, History(centre, await centre.tenant()))
    await shop.opened()
    return shop


async def readings(client: httpx.AsyncClient, **query: Any) -> dict[str, dict[str, Any]]:
    answer = await client.get(OVERVIEW, params=HOUR | query)
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    return {reading["key"]: reading for reading in item["readings"]}


class TestGiven:
    async def test_what_is_given_fills_what_no_log_tells(self, centre: Centre, shop: Shop) -> None:
        """Half the shift available; one person of one there; 250 for one call; 80 points; resolved, says the code."""
        client = await centre.client()
        assert (await readings(client))["schedule_adherence"][
            "hint"
        ] == "no data: enter shifts at Workforce > Schedules"
        evaluation = {"kind": "evaluation", "id": str(UUID(int=3)), "agent_id": shop.agent}
        entries = [shop.shift(), shop.cost(250), evaluation | {"at": "2026-03-02T09:00:00Z", "score": 80}]
        answer = await client.put(GIVEN, json={"entries": entries})
        assert answer.json() == {"kept": 3, "unknown_agents": [], "unknown_queues": []}
        found = await readings(client)
        keys = ("schedule_adherence", "attendance", "cost_per_call", "monitoring_score", "first_call_resolution")
        assert [found[key]["value"] for key in keys] == [50, 100, 250, 80, 100]

    async def test_a_callers_word_goes_before_the_agents_code(self, centre: Centre, shop: Shop) -> None:
        client = await centre.client()
        survey = {"kind": "survey", "id": str(UUID(int=4)), "call_id": str(shop.call), "at": "2026-03-02T09:00:00Z"}
        answer = await client.put(GIVEN, json={"entries": [survey | {"resolved": False}]})
        assert answer.json()["kept"] == 1
        assert (await readings(client))["first_call_resolution"]["value"] == 0

    async def test_the_same_id_is_given_anew(self, centre: Centre, shop: Shop) -> None:
        client = await centre.client()
        for minor in (100, 700, 700):
            assert (await client.put(GIVEN, json={"entries": [shop.cost(minor)]})).status_code == 200
        assert (await readings(client))["cost_per_call"]["value"] == 700
        answer = await client.delete(f"{GIVEN}/{UUID(int=9)}", params={"kind": "cost"})
        assert answer.status_code == 204
        assert (await readings(client))["cost_per_call"]["value"] == pytest.approx(BILLED_HOUR, abs=0.5)
        problem(await client.delete(f"{GIVEN}/{UUID(int=9)}", params={"kind": "cost"}), 404, "not_found")

    async def test_entries_are_listed_by_kind_and_span(self, centre: Centre, shop: Shop) -> None:
        client = await centre.client()
        entries = [shop.shift(1), shop.shift(2, takes_calls=False), shop.cost(5)]
        await client.put(GIVEN, json={"entries": entries})
        first = (await client.get(GIVEN, params=DAY | {"kind": "shift", "limit": 1})).json()
        rest = (
            await client.get(GIVEN, params=DAY | {"kind": "shift", "limit": 1, "cursor": first["next_cursor"]})
        ).json()
        assert first["items"] + rest["items"] == [entries[0] | {"takes_calls": True}, entries[1]]
        before = {"since": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z", "kind": "shift"}
        assert (await client.get(GIVEN, params=before)).json()["items"] == []

    async def test_ids_that_nobody_has_are_kept_and_told(self, centre: Centre, shop: Shop) -> None:
        stranger = str(UUID(int=77))
        client = await centre.client()
        entries = [shop.shift(1, agent_id=stranger), shop.cost(5, queue_id=stranger)]
        answer = (await client.put(GIVEN, json={"entries": entries})).json()
        assert answer == {"kept": 2, "unknown_agents": [stranger], "unknown_queues": [stranger]}

    @pytest.mark.parametrize(
        "wrong",
        [
            {"end": "2026-03-02T08:00:00Z"},
            {"kind": "mood"},
            {"start": "2026-03-02T09:00:00"},
            {"kind": "survey", "satisfaction": 6},
        ],
        ids=["ends before it starts", "no such kind", "no zone", "out of range"],
    )
    async def test_what_cannot_be_is_refused_whole(self, centre: Centre, shop: Shop, wrong: dict[str, Any]) -> None:
        client = await centre.client()
        answer = await client.put(GIVEN, json={"entries": [shop.shift(1), shop.shift(2) | wrong]})
        assert answer.status_code in (400, 422)
        assert (await client.get(GIVEN, params=DAY | {"kind": "shift"})).json()["items"] == []

    async def test_another_tenants_entries_are_not_ours(self, centre: Centre, shop: Shop) -> None:
        await (await centre.client()).put(GIVEN, json={"entries": [shop.shift()]})
        theirs = await centre.client(domain=THEIRS)
        assert (await theirs.get(GIVEN, params=DAY | {"kind": "shift"})).json()["items"] == []
        problem(await theirs.delete(f"{GIVEN}/{UUID(int=1)}", params={"kind": "shift"}), 404, "not_found")
        assert (await readings(theirs))["schedule_adherence"]["status"] == "no_data"

    async def test_who_only_reads_indicators_sees_no_costs_of_people(self, centre: Centre, shop: Shop) -> None:
        analyst = await centre.client(Role.ANALYST)
        problem(await analyst.get(GIVEN, params=DAY | {"kind": "cost"}), 403, "forbidden")
        problem(await analyst.put(GIVEN, json={"entries": [shop.shift()]}), 403, "forbidden")
        assert (await analyst.get(OVERVIEW, params=HOUR)).status_code == 200

    async def test_it_is_in_the_audit(self, centre: Centre, shop: Shop) -> None:
        await (await centre.client()).put(GIVEN, json={"entries": [shop.shift(), shop.cost(1)]})
        entry = (await centre.audit())[0]
        assert (entry.action, entry.detail) == ("given.put", {"shift": 1, "cost": 1})


class TestSettings:
    async def test_a_target_is_missed_and_says_why_and_whose_move_it_is(self, centre: Centre, shop: Shop) -> None:
        client = await centre.client()
        target = {"key": "average_speed_of_answer", "high": 3, "level": "queue", "scope_id": shop.queue}
        await client.put(SETTINGS, json={"targets": [target]})
        assert (await readings(client))["average_speed_of_answer"]["missed"] is None
        reading = (await readings(client, by="queue"))["average_speed_of_answer"]
        assert (reading["value"], reading["target"], reading["missed"]) == (4, {"low": None, "high": 3}, "above")
        assert reading["before"]["start"] == "2026-03-02T08:00:00Z"
        causes = {cause["measure"]: cause for cause in reading["causes"]}
        assert set(causes) == {"after_call_work", "average_hold_time", "volume_against_forecast", "schedule_adherence"}
        assert causes["after_call_work"]["mover"] == "team_lead"

    async def test_choices_are_read_with_their_revision_and_changed_only_as_read(self, centre: Centre) -> None:
        client = await centre.client()
        usual = await client.get(SETTINGS)
        assert usual.headers["etag"] == '"0"'
        body = {"service_level_variant": "answered_only", "wrap_up_is_occupied": True, "repeat_days": 3}
        changed = await client.put(SETTINGS, json=body, headers={"If-Match": usual.headers["etag"]})
        assert changed.json() == usual.json() | body
        stale = await client.put(SETTINGS, json=body, headers={"If-Match": usual.headers["etag"]})
        problem(stale, 412, "revision_mismatch")
        theirs = await centre.client(domain=THEIRS)
        assert (await theirs.get(SETTINGS)).json() == usual.json()

    @pytest.mark.parametrize(
        ("targets", "code"),
        [
            ([{"key": "luck", "low": 1}], "no_such_indicator"),
            ([{"key": "occupancy", "level": "queue", "low": 1}], "not_at_this_level"),
            ([{"key": "occupancy", "low": 2, "high": 1}], "empty_range"),
            ([{"key": "occupancy", "scope_id": str(UUID(int=1))}], "scope_without_level"),
            ([{"key": "occupancy", "low": 1}, {"key": "occupancy", "low": 2}], "twice"),
        ],
    )
    async def test_targets_that_cannot_be_are_named(self, centre: Centre, targets: list[Any], code: str) -> None:
        client = await centre.client()
        document = problem(await client.put(SETTINGS, json={"targets": targets}), 422, "invalid_input")
        assert document["errors"][0]["code"] == code


class TestOverview:
    async def test_every_level_has_all_indicators(self, centre: Centre, shop: Shop) -> None:
        client = await centre.client()
        team = {"name": "Early", "members": [shop.agent]}
        made = (await client.post("/v1/teams", json=team)).json()
        scopes = {"tenant": str(await centre.tenant()), "queue": shop.queue, "agent": shop.agent, "team": made["id"]}
        for by, scope in scopes.items():
            answer = (await client.get(OVERVIEW, params=HOUR | {"by": by})).json()
            (item,) = answer["items"]
            assert item["scope"] == {"kind": by, "id": scope}
            assert [each["key"] for each in item["readings"]] == [each.key for each in INDICATORS]

    async def test_a_team_has_the_figures_of_its_members(self, centre: Centre, shop: Shop) -> None:
        client = await centre.client()
        made = (await client.post("/v1/teams", json={"name": "Early", "members": [shop.agent]})).json()
        (item,) = (await client.get("/v1/indicators", params=DAY | {"by": "team"})).json()["items"]
        assert item["scope"] == {"kind": "team", "id": made["id"]}
        assert (item["values"]["average_talk_time"], item["values"]["calls_handled"]) == (30, 1)

    @pytest.mark.parametrize(
        ("unit", "start", "end"),
        [
            ("half_hour", "2026-03-02T09:30:00Z", "2026-03-02T10:00:00Z"),
            ("day", "2026-03-01T23:00:00Z", "2026-03-02T23:00:00Z"),
            ("week", "2026-03-01T23:00:00Z", "2026-03-08T23:00:00Z"),
            ("month", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"),
        ],
    )
    async def test_units_are_of_the_tenants_clock(self, centre: Centre, unit: str, start: str, end: str) -> None:
        answer = (await (await centre.client()).get(OVERVIEW, params=HOUR | {"unit": unit})).json()
        assert (answer["start"], answer["end"]) == (start, end)

    async def test_longer_spans_than_can_be_looked_at_are_refused(self, centre: Centre) -> None:
        span = {"since": "2026-01-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"}
        problem(await (await centre.client()).get(OVERVIEW, params=span), 422, "invalid_input")

    async def test_the_formula_sheet_is_published(self, centre: Centre) -> None:
        sheet = (await (await centre.client()).get("/v1/indicators/formulas")).json()
        assert [item["number"] for item in sheet["items"]] == list(range(1, 24))
        assert sheet["items"][0]["needs"] == ["shifts"]


class TestAlertRules:
    async def test_a_rule_is_made_changed_and_removed(self, centre: Centre, shop: Shop) -> None:
        client = await centre.client()
        rule = {"name": "Long wait", "measure": "longest_wait", "side": "above", "limit": 60, "queue_id": shop.queue}
        made = await client.post(RULES, json=rule)
        place = made.headers["location"]
        assert (made.status_code, made.json()["clear_at"], made.json()["queue_id"]) == (201, 60, shop.queue)
        changed = await client.patch(place, json={"clear_at": 30}, headers={"If-Match": made.headers["etag"]})
        assert (changed.json()["clear_at"], changed.json()["limit"]) == (30, 60)
        problem(await client.patch(place, json={"clear_at": 90}), 422, "invalid_input")
        assert [each["id"] for each in (await client.get(RULES)).json()["items"]] == [made.json()["id"]]
        problem(await (await centre.client(domain=THEIRS)).get(place), 404, "not_found")
        assert (await client.delete(place)).status_code == 204
        problem(await client.get(place), 404, "not_found")

    async def test_a_queue_of_others_is_none(self, centre: Centre) -> None:
        theirs = await centre.queue(THEIRS)
        rule = {"name": "Long wait", "measure": "longest_wait", "side": "above", "limit": 60, "queue_id": theirs["id"]}
        document = problem(await (await centre.client()).post(RULES, json=rule), 422, "invalid_input")
        assert document["errors"][0]["code"] == "no_such_queue"
