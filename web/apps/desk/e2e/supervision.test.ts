/** What supervisors look at beside the live board, in Chromium: past alerts, a provider's clients, callback settings. */

import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { team } from "../dev/scene.ts";
import { violations } from "./axe.ts";
import { type Desk, hasChromium, logIn, makeStand, openDesk, press, type Stand } from "./stand.ts";

let stand: Stand;
let desk: Desk;
let page: Page;

beforeAll(async () => {
  if (hasChromium) stand = await makeStand();
});
afterAll(() => stand?.stop());
beforeEach(async () => {
  stand.server.reset();
  stand.server.supervision.provider = true;
  desk = await openDesk(stand, { reducedMotion: "reduce" });
  page = desk.page;
  await logIn(page);
  await press(page, "Allow microphone");
  await page.locator('[data-stage="idle"]').waitFor();
  stand.server.desk.change({ team: team() });
  await page.getByRole("button", { name: "Live board", exact: true }).click();
  await page.locator('[data-testid="board"][data-status="online"]').waitFor();
});
afterEach(() => desk?.close());

const link = (name: string) => page.getByRole("link", { name, exact: true });
const choice = (name: string) => page.getByRole("combobox", { name, exact: true });
const hash = () => page.evaluate(() => window.location.hash);
const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

describe.skipIf(!hasChromium && process.env.CI === undefined)("supervision in Chromium", () => {
  it("looks after an alert by the keyboard alone, and finds it by its filters after a reload", async () => {
    await link("Alerts").focus();
    await page.keyboard.press("Enter");
    await page.locator('[data-testid="alerts"][data-status="ready"]').waitFor();
    expect(await violations(page)).toEqual([]);
    const take = page.getByRole("button", { name: "I’ll look after it: Longest wait · Bookings" });
    for (let step = 0; step < 20 && !(await take.evaluate((one) => one === document.activeElement)); step += 1) {
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await page
      .getByTestId("alert-row")
      .first()
      .getByText(/^You, /)
      .waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^You, /);
    await choice("Queue").selectOption({ label: "Baggage and claims" });
    await choice("Time").selectOption({ label: "Last 24 hours" });
    await expect.poll(() => page.getByTestId("alert-row").count()).toBe(1);
    await page.reload();
    await page.locator('[data-testid="alerts"][data-status="ready"]').waitFor();
    expect([await page.getByTestId("alert-row").count(), await hash()]).toEqual([1, "#alerts?queue=q2&within=24"]);
    expect(await overflow()).toBeLessThanOrEqual(0);
  });

  it("looks after an alert of the live board", async () => {
    await press(page, "I’ll look after it: Longest wait · Bookings");
    await expect.poll(() => stand.server.supervision.asked).toEqual(["POST /v1/alerts/al9/acknowledgement"]);
  });

  it("goes from all clients to the board of one, whose acts and alerts are of it", async () => {
    await link("All clients").click();
    await page.getByTestId("client-row").first().waitFor();
    expect(await violations(page)).toEqual([]);
    await link("Contoso Insurance").click();
    await page.locator('[data-testid="board"][data-status="online"]').waitFor();
    expect([await hash(), stand.server.board.watched.at(-1)]).toEqual(["#board?client=t3", "t3"]);
    await press(page, "I’ll look after it: Longest wait · Bookings");
    await expect.poll(() => stand.server.supervision.asked).toEqual(["POST /v1/alerts/al9/acknowledgement in t3"]);
    await link("Alerts").click();
    await page.locator('[data-testid="alerts"][data-status="ready"]').waitFor();
    await choice("Client").selectOption({ label: "Alpine Rail" });
    expect(await hash()).toBe("#alerts?client=t4");
    await page.reload();
    await expect.poll(() => choice("Client").inputValue()).toBe("t4");
    await page.goBack();
    await expect.poll(() => choice("Client").inputValue()).toBe("t3");
  });

  it("saves callback settings, and asks before it loses any", async () => {
    await link("Callback settings").click();
    const attempts = page.getByLabel("Attempts", { exact: true });
    await attempts.waitFor();
    expect(await violations(page)).toEqual([]);
    await attempts.fill("0");
    await page.keyboard.press("Enter");
    await page.getByText("Write a whole number from 1 to 10.").waitFor();
    expect(await violations(page)).toEqual([]);
    await attempts.fill("5");
    await link("Alerts").click();
    await page.getByRole("alertdialog").waitFor();
    expect(await violations(page)).toEqual([]);
    await press(page, "Stay here");
    await page.getByRole("alertdialog").waitFor({ state: "detached" });
    expect([await hash(), await attempts.inputValue()]).toEqual(["#callbacks", "5"]);
    await press(page, "Save");
    await page.getByText("Saved. It counts from the next attempt on.").waitFor();
    expect(stand.server.supervision.rules.attempts).toBe(5);
    await link("Alerts").click();
    await page.getByTestId("alerts").waitFor();
  });

  it("gives way to a call in the middle of typing, and has it all afterwards", async () => {
    await link("Callback settings").click();
    await page.getByLabel("Attempts", { exact: true }).fill("7");
    stand.server.desk.ring();
    await page.locator('[data-stage="ring"]').waitFor();
    stand.server.desk.change({ offer: null });
    await page.evaluate(() => {
      window.location.hash = "#callbacks";
    });
    await page.getByText("your changes are still here").waitFor();
    expect(await page.getByLabel("Attempts", { exact: true }).inputValue()).toBe("7");
  });

  it("shows settings to who may not change them, in the dark and on a small screen", async () => {
    stand.server.supervision.mayChange = false;
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    await page.setViewportSize({ width: 390, height: 844 });
    for (const [name, shown] of [
      ["Callback settings", "rules-shown"],
      ["All clients", "clients"],
      ["Alerts", "alerts"],
    ] as const) {
      await link(name).click();
      await page.getByTestId(shown).waitFor();
      expect([name, await violations(page), await overflow()]).toEqual([
        name,
        [],
        expect.toSatisfy((more) => more <= 0),
      ]);
    }
  });
});
