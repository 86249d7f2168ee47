/** Every stage, in light and dark, against the rules of WCAG 2.2 AA that a machine can check; and from right to left. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { team } from "../dev/scene.ts";
import { violations } from "./axe.ts";
import { type Desk, hasChromium, logIn, makeStand, openDesk, press, type Stand } from "./stand.ts";

let stand: Stand;

beforeAll(async () => {
  if (hasChromium) stand = await makeStand();
});
afterAll(() => stand?.stop());
beforeEach(() => stand.server.reset());

/** Leads through the day and calls `look` at each stage. */
async function aDay(desk: Desk, look: (stage: string) => Promise<void>): Promise<void> {
  const { page } = desk;
  const script = stand.server.desk;
  const stage = (name: string) => page.locator(`[data-testid="stage"][data-stage="${name}"]`).waitFor();
  await look("log-in");
  await logIn(page);
  await stage("microphone");
  await look("microphone");
  await press(page, "Allow microphone");
  await stage("idle");
  await press(page, "Ready");
  await look("ready");
  script.ring();
  await stage("ring");
  await look("ring");
  await press(page, "Answer");
  await stage("call");
  await press(page, "Mute");
  script.change({ alarms: [{ code: "recording_disk_full", detail: "", at: new Date().toISOString() }] });
  await page.getByTestId("alarm").waitFor();
  await look("call");
  await press(page, "Dismiss");
  await press(page, "Hang up");
  await stage("wrap_up");
  await look("wrap-up");
  await page.getByRole("radio").first().click();
  await press(page, "Finish wrap-up");
  script.change({ team: team() });
  await page.getByTestId("team").waitFor();
  await look("team");
  await press(page, "Keyboard shortcuts");
  await page.getByRole("dialog").waitFor();
  await look("dialog");
}

describe.skipIf(!hasChromium && process.env.CI === undefined)("the desk for everybody", () => {
  it.each(["light", "dark"] as const)("breaks no rule of WCAG in the %s", async (colorScheme) => {
    const desk = await openDesk(stand, { colorScheme, reducedMotion: "reduce" });
    const found: string[] = [];
    await aDay(desk, async (stage) => {
      found.push(...(await violations(desk.page)).map((violation) => `${stage} ${violation}`));
    });
    await desk.close();
    expect(found).toEqual([]);
  });

  it("keeps everything inside the page when it reads from right to left", async () => {
    const desk = await openDesk(stand);
    const spilt: string[] = [];
    await desk.page.evaluate(() => {
      document.documentElement.dir = "rtl";
    });
    await aDay(desk, async (stage) => {
      const width = await desk.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (width > 0) spilt.push(stage);
    });
    await desk.close();
    expect(spilt).toEqual([]);
  });

  it("keeps the stage as high as it is, from the first moment to the last", async () => {
    const desk = await openDesk(stand);
    const heights = new Map<string, number>();
    await aDay(desk, async (stage) => {
      const box = await desk.page
        .getByTestId("stage")
        .boundingBox({ timeout: 500 })
        .catch(() => null);
      if (box !== null) heights.set(stage, box.height);
    });
    await desk.close();
    expect(new Set(heights.values()).size, JSON.stringify([...heights])).toBe(1);
  });

  it("does not move the buttons of a call when news arrive", async () => {
    const desk = await openDesk(stand);
    await logIn(desk.page);
    await press(desk.page, "Allow microphone");
    await press(desk.page, "Ready");
    stand.server.desk.ring();
    await press(desk.page, "Answer");
    const place = () => desk.page.getByRole("button", { name: "Hang up", exact: true }).boundingBox();
    await desk.page.getByText("Connected", { exact: true }).waitFor();
    const before = await place();
    await press(desk.page, "Mute");
    await press(desk.page, "Not ready");
    await desk.page.getByRole("menuitem", { name: "Break" }).click();
    await desk.page.getByTestId("requested-state").waitFor();
    stand.server.desk.change({ alarms: [{ code: "recording_disk_full", detail: "", at: new Date().toISOString() }] });
    await desk.page.getByTestId("alarm").waitFor();
    stand.server.desk.drop();
    await desk.page.waitForTimeout(500);
    expect(await place()).toEqual(before);
    await desk.close();
  });
});
