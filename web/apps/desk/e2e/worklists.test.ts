/** Lists of work for who leads, in Chromium: by the keyboard, in light and dark, wide and narrow. */

import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { violations } from "./axe.ts";
import { type Desk, hasChromium, logIn, makeStand, openDesk, press, type Stand } from "./stand.ts";

const PAGES = ["promised", "promised?state=ended", "voicemails", "missed", "callbacks"];
const LOOKS = [
  ["light", 1280],
  ["dark", 1280],
  ["light", 390],
  ["dark", 390],
] as const;

let stand: Stand;
let desk: Desk;
let page: Page;

beforeAll(async () => {
  if (hasChromium) stand = await makeStand();
});
afterAll(() => stand?.stop());
beforeEach(() => {
  stand.server.reset();
  stand.server.supervision.provider = true;
});
afterEach(() => desk?.close());

async function opened(colorScheme: "light" | "dark", width = 1280): Promise<void> {
  desk = await openDesk(stand, { colorScheme, reducedMotion: "reduce", viewport: { width, height: 800 } });
  page = desk.page;
  await logIn(page);
  await press(page, "Allow microphone");
  await page.locator('[data-stage="idle"]').waitFor();
}

async function shown(place: string): Promise<void> {
  await page.evaluate((hash) => {
    window.location.hash = hash;
  }, place);
  const name = place.split("?")[0] ?? "";
  if (name === "callbacks") await page.getByLabel("Rung first", { exact: true }).first().waitFor();
  else await page.locator(`[data-testid="${name}"][data-status="ready"] tbody tr`).first().waitFor();
}

const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

/** Presses Tab until the button has the keyboard. */
async function tabTo(name: string | RegExp): Promise<void> {
  const button = page.getByRole("button", { name }).first();
  for (let step = 0; step < 60 && !(await button.evaluate((one) => one === document.activeElement)); step += 1) {
    await page.keyboard.press("Tab");
  }
  expect(await button.evaluate((one) => one === document.activeElement)).toBe(true);
}

describe.skipIf(!hasChromium && process.env.CI === undefined)("lists of work in Chromium", () => {
  it.each(LOOKS)("break no rule of WCAG in the %s, %i pixels wide", async (colorScheme, width) => {
    const found: string[] = [];
    const look = async (what: string) => {
      found.push(...(await violations(page)).map((violation) => `${what} ${violation}`));
      if ((await overflow()) > 0) found.push(`${what} is wider than the screen`);
    };
    await opened(colorScheme, width);
    for (const place of PAGES) {
      await shown(place);
      await look(place);
    }
    await shown("promised");
    await page
      .getByRole("button", { name: /^Move the callback/ })
      .first()
      .click();
    await page.getByRole("dialog").waitFor();
    await look("dialog");
    expect(found).toEqual([]);
  });

  it("take a callback back by the keyboard alone", async () => {
    await opened("light");
    await shown("promised");
    await tabTo(/^Cancel the callback/);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.getByLabel("Why is it taken back?").focus();
    await page.keyboard.press("ArrowDown");
    await tabTo("Take it back");
    await page.keyboard.press("Enter");
    await page.getByText(/was taken back\.$/).waitFor({ state: "attached" });
    expect(stand.server.worklists.asked).toEqual(["DELETE /v1/callbacks/b1?reason=settled"]);
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Callbacks");
  });

  it("move a client's callback under the grant there, and find it again after a reload", async () => {
    await opened("light");
    await shown("promised");
    await page.getByRole("combobox", { name: "Company" }).selectOption({ label: "Contoso Insurance" });
    await expect.poll(() => page.getByTestId("promised-row").count()).toBe(1);
    await page.getByRole("button", { name: /^Move/ }).click();
    await page.getByRole("dialog").getByLabel("Whose").selectOption({ label: "Ana-Lucía Fernández" });
    await page.getByRole("dialog").getByRole("button", { name: "Move", exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(stand.server.worklists.asked).toEqual(['PATCH /v1/callbacks/t3-b1 {"agent_id":"a1"} in t3']);
    await page.reload();
    await page.locator('[data-testid="promised"][data-status="ready"] tbody tr').first().waitFor();
    expect(await page.getByTestId("promised-row").count()).toBe(1);
  });
});
