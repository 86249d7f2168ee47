"""A supervisor at the real pages, over a real server: callback settings are saved, an alert is looked after."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from load_tests.peers.browser import chromium, press
from load_tests.peers.sound import tone, write
from load_tests.peers.system import OWNER, PASSWORD, System, eventually, make_centre

pytestmark = [pytest.mark.peers("chromium"), pytest.mark.timeout(180)]


async def nobody_is_free(system: System) -> None:
    """Raises an alert of the whole company, and returns when it is raised."""
    await system.post(
        "/v1/alert-rules", name="Nobody is free", measure="available_agents", side="below", limit=1,
        clear_at=2, raise_after_seconds=0, clear_after_seconds=0,
    )  # fmt: skip

    async def raised() -> bool:
        return bool((await system.get("/v1/alerts"))["items"])

    assert await eventually(raised, 20)


async def test_settings_are_saved_and_an_alert_is_looked_after(system: System, tmp_path: Path) -> None:
    centre = await make_centre(system)
    queue = f"/v1/queues/{centre.queue['id']}"
    week = ("monday", "tuesday", "wednesday", "thursday", "friday")
    hours = {"time_zone": "Europe/London", "weekly": {day: [{"since": "09:00", "until": "17:00"}] for day in week}}
    await system.post("/v1/calendars", name="office", calendar=hours)
    await nobody_is_free(system)
    async with chromium(write(tmp_path / "quiet.wav", tone(440.0, 5, rate=48000), rate=48000)) as page:
        await page.goto(f"{system.url}/#callbacks")
        await page.get_by_label("E-mail").fill(OWNER)
        await page.get_by_label("Password").fill(PASSWORD)
        await press(page, "Log in")
        await expect(page.get_by_text("There is no calendar of this name")).to_be_visible()
        await page.get_by_label("Hours", exact=True).select_option("office")
        await page.get_by_label("Attempts", exact=True).fill("5")
        changed = await system.owner.patch(queue, json={"ring_seconds": 25})
        assert changed.is_success
        await press(page, "Save")
        await expect(page.get_by_text("Somebody else changed this queue meanwhile")).to_be_visible()
        await press(page, "Read it again")
        await press(page, "Save")
        await expect(page.get_by_text("Saved.")).to_be_visible()
        now = await system.get(queue)
        rules = now["waiting"]["callbacks"]
        assert (rules["attempts"], rules["calendar"], now["ring_seconds"]) == (5, "office", 25)

        await page.get_by_role("link", name="Alerts", exact=True).click()
        row = page.get_by_test_id("alert-row")
        await expect(row).to_contain_text("Nobody is free")
        await row.get_by_role("button").click()
        await expect(row).to_contain_text("You, ")
        (alert,) = (await system.get("/v1/alerts"))["items"]
        assert alert["acknowledged_by"] == (await system.get("/v1/session"))["user"]["id"]
