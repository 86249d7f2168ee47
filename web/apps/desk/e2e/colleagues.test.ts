/** Colleagues at their desks, in Chromium: asked about a call, and asking. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ask, partyIs } from "../dev/sharing.ts";
import { violations } from "./axe.ts";
import { type Desk, hasChromium, logIn, makeStand, openDesk, press, type Stand } from "./stand.ts";

let stand: Stand;
let desk: Desk;

function stage(name: string) {
  return desk.page.locator(`[data-testid="stage"][data-stage="${name}"]`);
}

beforeAll(async () => {
  if (hasChromium) stand = await makeStand();
});
afterAll(() => stand?.stop());
beforeEach(async () => {
  stand.server.reset();
  desk = await openDesk(stand);
});
afterEach(() => desk?.close());

describe.skipIf(!hasChromium && process.env.CI === undefined)("colleagues in Chromium", () => {
  it("brings a call to a colleague by name, and takes part in a colleague's", async () => {
    const { page } = desk;
    const server = stand.server.desk;
    await logIn(page);
    await press(page, "Allow microphone");
    await stage("idle").waitFor();
    await press(page, "Ready");
    server.ring();
    await press(page, "Answer");
    await stage("call").waitFor();
    await page.keyboard.press("t");
    await page.getByLabel("Note for who gets the caller").fill("wants a refund");
    await page.getByRole("button", { name: "Ask Ana-Lucía Fernández first" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await press(page, "Ask Ana-Lucía Fernández first");
    partyIs(server, "aside");
    await page.locator('[data-testid="party"][data-state="aside"]').waitFor();
    await page.keyboard.press("g");
    await stage("wrap_up").waitFor();
    await page.getByRole("radio").first().click();
    await press(page, "Finish wrap-up");
    await stage("idle").waitFor();
    ask(server);
    await stage("consultation").waitFor();
    await page.emulateMedia({ reducedMotion: "reduce" }); // its glow never ends
    expect(await violations(page)).toEqual([]);
    await press(page, "Talk");
    await stage("asked").waitFor();
    expect(await violations(page)).toEqual([]);
    await press(page, "Leave the call");
    const acts = server.intents.map(({ type }) => type).filter((type) => /colleague|consultation/.test(type));
    expect(acts).toEqual(["consult_colleague", "accept_consultation"]);
  });
});
