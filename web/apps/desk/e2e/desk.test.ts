/** The built page in Chromium: log-in to wrap-up with real sound between two tabs. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { leave, partyIs, promise } from "../dev/sharing.ts";
import { violations } from "./axe.ts";
import { type Desk, hasChromium, heardHertz, logIn, makeStand, openDesk, press, type Stand } from "./stand.ts";

const TONE_HZ = 440;
const NEAR_HZ = 30;

let stand: Stand;
let desk: Desk;

async function eventually(check: () => Promise<boolean>, what: string): Promise<void> {
  for (let attempt = 0; attempt < 40; attempt++) {
    if (await check()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`never happened: ${what}`);
}

async function hearsCaller(): Promise<void> {
  await eventually(async () => Math.abs((await heardHertz(desk.page)) - TONE_HZ) < NEAR_HZ, "the caller is heard");
}

async function packetsFromDesk(): Promise<number> {
  return Number(await desk.farEnd.locator("#packets").textContent());
}

function stage(name: string) {
  return desk.page.locator(`[data-testid="stage"][data-stage="${name}"]`);
}

async function goReady(): Promise<void> {
  await logIn(desk.page);
  await press(desk.page, "Allow microphone");
  await stage("idle").waitFor();
  await press(desk.page, "Ready");
}

async function takeCall(): Promise<void> {
  await goReady();
  stand.server.desk.ring();
  await press(desk.page, "Answer");
  await stage("call").waitFor();
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

// A machine without Chromium skips visibly; where CI is set, its absence is a failure.
describe.skipIf(!hasChromium && process.env.CI === undefined)("the desk in Chromium", () => {
  it("leads from log-in through a call to its wrap-up", async () => {
    const { page } = desk;
    await logIn(page, "wrong");
    await page.getByText("The e-mail address or the password is wrong.").waitFor();
    await takeCall();
    await hearsCaller();
    await page.keyboard.press("7");
    await press(page, "Mute");
    await press(page, "Hold");
    await press(page, "Retrieve");
    await press(page, "Hang up");
    await page.getByRole("radio").first().click();
    await press(page, "Finish wrap-up");
    await stage("idle").waitFor();
    const { intents } = stand.server.desk;
    expect(intents.map(({ type }) => type)).toEqual([
      "log_in",
      "request_state",
      "accept_offer",
      "press_digits",
      "hold",
      "retrieve",
      "hang_up",
      "finish_wrap_up",
    ]);
    expect(desk.errors.filter((error) => !error.includes("401"))).toEqual([]);
  });

  it("asks a colleague, talks in threes and leaves the caller to them, by keys alone", async () => {
    const { page } = desk;
    const { desk: server } = stand.server;
    await takeCall();
    await page.keyboard.press("t");
    await page.getByLabel("Telephone number").fill("+44 20 7946 0077");
    await page.keyboard.press("Enter");
    await page.locator('[data-testid="party"][data-state="dialling"]').waitFor();
    partyIs(server, "left", "busy");
    await page.getByText("+44 20 7946 0077: is busy").waitFor();
    await page.keyboard.press("h");
    await page.keyboard.press("t");
    await page.getByLabel("Telephone number").fill("+44 20 7946 0078");
    await page.keyboard.press("Enter");
    partyIs(server, "aside");
    await page.locator('[data-testid="party"][data-state="aside"]').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("j");
    await page.locator('[data-testid="party"][data-state="joined"]').waitFor();
    await page.keyboard.press("g");
    await stage("wrap_up").waitFor();
    const shared = server.intents.slice(3).map(({ type }) => type);
    expect(shared).toEqual(["consult", "retrieve", "consult", "confer", "hand_over"]);
    expect(desk.errors.filter((error) => !error.includes("401"))).toEqual([]);
  });

  it("calls back whom somebody promised it, and ends an abusive call with its reason", async () => {
    const { page } = desk;
    await goReady();
    await page.locator('[data-testid="agent-state"][data-state="available"]').waitFor();
    promise(stand.server.desk);
    await page.getByTestId("callback-number").waitFor();
    await page.emulateMedia({ reducedMotion: "reduce" }); // its glow never ends
    expect(await violations(page)).toEqual([]);
    await press(page, "Call now");
    await stage("call").waitFor();
    await press(page, "Hang up");
    await page.getByRole("radio").first().click();
    await press(page, "Finish wrap-up");
    await stage("idle").waitFor();
    stand.server.desk.ring();
    await press(page, "Answer");
    await press(page, "End for abuse");
    await page.getByRole("menuitem", { name: "Insult" }).click();
    await stage("idle").waitFor();
    expect(await page.getByTestId("agent-state").textContent()).toContain("Recovering");
  });

  it("is asked to take a message, hears it, and says what came of it", async () => {
    const { page } = desk;
    await goReady();
    await page.locator('[data-testid="agent-state"][data-state="available"]').waitFor();
    leave(stand.server.desk);
    await page.locator('[data-testid="message-work"][data-taken="false"]').waitFor();
    await page.emulateMedia({ reducedMotion: "reduce" }); // its glow never ends
    expect(await violations(page)).toEqual([]);
    await page.getByTestId("stage").getByRole("button", { name: "Take" }).click();
    await page.getByTestId("recording-player").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel("How did it end?").selectOption("resolved");
    await press(page, "Done");
    await stage("idle").waitFor();
    expect(desk.errors.filter((error) => !error.includes("401"))).toEqual([]);
  });

  it("lists what was promised, and promises more", async () => {
    const { page } = desk;
    await takeCall();
    await page.getByRole("tab", { name: "Callbacks" }).click();
    await page.getByTestId("callback-row").first().waitFor();
    expect(await violations(page)).toEqual([]);
    await press(page, "Promise one");
    expect(await page.getByLabel("Telephone number").inputValue()).toBe("+442079460018");
    expect(await violations(page)).toEqual([]);
    await press(page, "Promise");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  it("sends nothing between calls and speaks with the click on Answer", async () => {
    await goReady();
    await desk.page.waitForTimeout(600);
    expect(await packetsFromDesk()).toBe(0);
    stand.server.desk.ring();
    await press(desk.page, "Answer");
    await eventually(async () => (await packetsFromDesk()) > 20, "packets of the agent arrive");
    await press(desk.page, "Hang up");
    await stage("wrap_up").waitFor();
    await desk.page.waitForTimeout(400);
    const after = await packetsFromDesk();
    await desk.page.waitForTimeout(600);
    expect(await packetsFromDesk()).toBeLessThanOrEqual(after + 1);
  });

  it("keeps the sound while the server is away, and resumes without a new offer", async () => {
    await takeCall();
    await hearsCaller();
    const before = await packetsFromDesk();
    stand.server.away = true;
    stand.server.desk.drop();
    await desk.page.getByTestId("offline").waitFor();
    await hearsCaller();
    stand.server.away = false;
    await desk.page.getByTestId("offline").waitFor({ state: "detached" });
    await eventually(async () => (await packetsFromDesk()) > before + 50, "the agent is still heard");
    expect(stand.server.desk.offers).toBe(1);
  });

  it("is back in its call with sound after a reload, without a question", async () => {
    await takeCall();
    await hearsCaller();
    await desk.page.reload();
    await desk.page.getByRole("button", { name: "Hang up", exact: true }).waitFor();
    await hearsCaller();
    await eventually(async () => (await packetsFromDesk()) > 20, "the agent is heard again");
    expect(stand.server.desk.offers).toBe(2);
  });

  it("rings in the title and stops when the caller is gone", async () => {
    await goReady();
    stand.server.desk.ring();
    await eventually(async () => (await desk.page.title()).includes("+44 20 7946 0018"), "the title rings");
    stand.server.desk.change({ offer: null });
    stand.server.desk.become("available");
    await stage("idle").waitFor();
    expect(await desk.page.title()).toBe("Cordboard");
  });

  it("logs out when the server has", async () => {
    await goReady();
    await desk.page.getByRole("button", { name: /Maya Lindqvist/ }).click();
    await desk.page.getByRole("menuitem", { name: "Log out" }).click();
    await desk.page.getByLabel("E-mail").waitFor();
    expect(stand.server.desk.intents.at(-1)).toEqual({ type: "log_out" });
    expect(stand.server.loggedIn).toBe(false);
  });

  it("asks before it takes the desk back from another window", async () => {
    await goReady();
    stand.server.desk.drop(4409);
    await desk.page.getByRole("alertdialog").waitFor();
    await press(desk.page, "Take over here");
    await stage("idle").waitFor();
  });

  it("shows the log-in again when the session is over", async () => {
    await goReady();
    stand.server.loggedIn = false;
    stand.server.desk.drop(4401);
    await desk.page.getByText("Your session has ended.", { exact: false }).waitFor();
  });
});

describe.skipIf(!hasChromium && process.env.CI === undefined)("a narrow page", () => {
  it("needs no sideways scrolling at 390 pixels", async () => {
    await desk.close();
    desk = await openDesk(stand, { viewport: { width: 390, height: 844 } });
    await takeCall();
    const overflow = await desk.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });
});
