/** The live board in Chromium: by its address and by a key, followed and acted on, and left for a call of one's own. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { waiting } from "../dev/board.ts";
import { ago, team } from "../dev/scene.ts";
import { violations } from "./axe.ts";
import { type Desk, hasChromium, logIn, makeStand, openDesk, press, type Stand } from "./stand.ts";

let stand: Stand;
let desk: Desk;

beforeAll(async () => {
  if (hasChromium) stand = await makeStand();
});
afterAll(() => stand?.stop());
beforeEach(async () => {
  stand.server.reset();
  desk = await openDesk(stand, { reducedMotion: "reduce" });
  await logIn(desk.page);
  await press(desk.page, "Allow microphone");
  await desk.page.locator('[data-stage="idle"]').waitFor();
  stand.server.desk.change({ team: team() });
});
afterEach(() => desk?.close());

async function openBoard(): Promise<void> {
  await desk.page.getByRole("button", { name: "Live board", exact: true }).waitFor();
  await desk.page.keyboard.press("b");
  await desk.page.locator('[data-testid="board"][data-status="online"]').waitFor();
}

describe.skipIf(!hasChromium && process.env.CI === undefined)("the live board in Chromium", () => {
  it("is opened by B, follows the centre, breaks no rule, and closes by B", async () => {
    const { page } = desk;
    await openBoard();
    expect(await violations(page)).toEqual([]);
    stand.server.board.change({ waiting: { w1: null, w3: waiting("w3", 75, { caller: "+33612345678" }) } });
    await page.getByText("+33 6 12 34 56 78").waitFor();
    expect(await page.getByTestId("board-waiting").first().textContent()).toMatch(/^1:1\d/);
    await page.reload();
    await page.locator('[data-testid="board"][data-status="online"]').waitFor();
    await press(page, "Your desk");
    await page.locator('[data-stage="idle"]').waitFor();
    expect(desk.errors.filter((error) => !error.includes("401"))).toEqual([]);
  });

  it("lets a supervisor listen, join in and leave", async () => {
    const { page } = desk;
    const { desk: server, board } = stand.server;
    await openBoard();
    await page.getByRole("button", { name: "Act on Ana-Lucía Fernández" }).click();
    await page.getByRole("menuitem", { name: "Listen" }).click();
    server.change({
      supervision: { call_id: "c1", agent_id: "a1", manner: "listen", since: ago(0), rings_until: null },
    });
    await page.getByText("You listen to Ana-Lucía Fernández").waitFor();
    expect(await violations(page)).toEqual([]);
    await press(page, "Join in");
    await press(page, "Leave");
    await expect
      .poll(() => board.asked.map(({ what }) => what))
      .toEqual(["PUT /v1/calls/c1/supervision", "PUT /v1/calls/c1/supervision", "DELETE /v1/calls/c1/supervision"]);
  });

  it("gives way to a call of one's own", async () => {
    const { page } = desk;
    await openBoard();
    await press(page, "Take +49 30 901820145");
    await expect.poll(() => stand.server.board.asked.map(({ what }) => what)).toEqual(["POST /v1/calls/w2/pick"]);
    stand.server.desk.ring();
    await page.locator('[data-stage="ring"]').waitFor();
  });

  it("needs no sideways scrolling of the page at 390 pixels, and its table scrolls by the keyboard", async () => {
    await desk.page.setViewportSize({ width: 390, height: 844 });
    await openBoard();
    const overflow = await desk.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    expect(await violations(desk.page)).toEqual([]);
  });
});
