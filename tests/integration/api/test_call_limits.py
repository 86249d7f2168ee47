"""What a tenant may use at most: seen and changed by the API, told to routing."""

from typing import Any

import pytest

from kernel.contracts.directory import CallLimits
from tenants.directory import Role
from tests.integration.api.api_server import THEIRS, Centre


async def test_without_limits_only_premium_numbers_are_closed(centre: Centre) -> None:
    client = await centre.client()
    told = (await client.get("/v1/limits")).json()
    assert told == {
        "calls_at_once": None,
        "calls_per_second": None,
        "countries": None,
        "premium": False,
        "currency": "EUR",
        "spend_per_day": None,
        "spent_today": 0,
        "closed_until": None,
    }


async def test_a_change_is_told_to_routing_and_audited_and_to_no_other_tenant(centre: Centre) -> None:
    client = await centre.client(Role.ADMIN)
    before = await centre.directories.directory(await centre.tenant())
    change = {"calls_at_once": 40, "calls_per_second": 3, "countries": ["DE", "AT"], "premium": True}
    answer = await client.patch("/v1/limits", json=change)
    assert answer.status_code == 200, answer.text
    await centre.relay.drain()
    limits = (await centre.directories.directory(await centre.tenant())).limits
    assert limits == CallLimits(calls_at_once=40, calls_per_second=3, countries=("DE", "AT"), premium=True)
    assert before.limits == (await centre.directories.directory(await centre.tenant(THEIRS))).limits == CallLimits()
    assert (await centre.audit())[0].action == "limits.changed"


async def test_none_takes_a_limit_away(centre: Centre) -> None:
    client = await centre.client()
    await client.patch("/v1/limits", json={"calls_at_once": 40, "countries": []})
    answer = await client.patch("/v1/limits", json={"calls_at_once": None})
    assert (answer.json()["calls_at_once"], answer.json()["countries"]) == (None, [])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"calls_at_once": -1}, "calls_at_once"),
        ({"calls_per_second": 10_000}, "calls_per_second"),
        ({"countries": ["DE", "XX"]}, "countries"),
        ({"countries": ["DE", "DE"]}, "countries"),
        ({"spend_per_day": -1}, "spend_per_day"),
    ],
)
async def test_what_cannot_be_a_limit_is_refused_by_name(centre: Centre, change: dict[str, Any], field: str) -> None:
    answer = await (await centre.client()).patch("/v1/limits", json=change)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_two_admins_do_not_undo_each_others_change(centre: Centre) -> None:
    client = await centre.client()
    tag = (await client.get("/v1/limits")).headers["ETag"]
    assert (await client.patch("/v1/limits", json={"premium": True}, headers={"If-Match": tag})).status_code == 200
    answer = await client.patch("/v1/limits", json={"premium": False}, headers={"If-Match": tag})
    assert answer.status_code == 412


async def test_a_spend_that_is_reached_already_closes_calls_out_at_once(centre: Centre) -> None:
    client = await centre.client()
    answer = await client.patch("/v1/limits", json={"spend_per_day": 0})
    assert answer.json()["closed_until"] == "2026-03-02T23:00:00Z"  # midnight in Berlin
    answer = await client.patch("/v1/limits", json={"spend_per_day": 100})
    assert answer.json()["closed_until"] is None
