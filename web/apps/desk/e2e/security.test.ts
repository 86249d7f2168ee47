/** Log-in in two steps and the security dialog, in a real browser: by keyboard, and against the rules of WCAG 2.2 AA. */

import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CODE, RECOVERY } from "../dev/security.ts";
import { violations } from "./axe.ts";
import { hasChromium, makeStand, openDesk, press, type Stand } from "./stand.ts";

let stand: Stand;

beforeAll(async () => {
  if (hasChromium) stand = await makeStand();
});
afterAll(() => stand?.stop());
beforeEach(() => stand.server.reset());

async function password(page: Page, email: string): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill("correct horse");
  await press(page, "Log in");
}

async function openSecurity(page: Page): Promise<void> {
  await page.getByRole("button", { name: /Your menu/ }).click();
  await page.getByRole("menuitem", { name: "Security" }).click();
  await page.getByRole("dialog", { name: "Security" }).waitFor();
}

describe.skipIf(!hasChromium && process.env.CI === undefined)("log-in and security", () => {
  it("takes a pasted code and opens the desk", async () => {
    const desk = await openDesk(stand);
    await password(desk.page, "code@example.org");
    await desk.page.getByLabel("Code").waitFor();
    await desk.page.keyboard.insertText(CODE);
    await desk.page.keyboard.press("Enter");
    await desk.page.getByTestId("desk").waitFor();
    await desk.close();
  });

  it("is the same by keyboard alone, with a recovery code", async () => {
    const desk = await openDesk(stand);
    await password(desk.page, "code@example.org");
    await desk.page.getByLabel("Code").waitFor();
    for (const key of ["Tab", "Tab", "Enter"]) await desk.page.keyboard.press(key);
    const field = desk.page.getByLabel("Recovery code");
    await field.fill(RECOVERY[0] ?? "");
    await field.press("Enter");
    await desk.page.getByTestId("desk").waitFor();
    await desk.close();
  });

  it.each(["light", "dark"] as const)("breaks no rule of WCAG in the %s", async (colorScheme) => {
    const desk = await openDesk(stand, { colorScheme, reducedMotion: "reduce" });
    const { page } = desk;
    const found: string[] = [];
    const look = async (stage: string) => {
      found.push(...(await violations(page)).map((violation) => `${stage} ${violation}`));
    };
    await page.getByLabel("E-mail").fill("maya@sso.example");
    await page.getByRole("link", { name: "Sign in with Northwind ID" }).waitFor();
    await look("sign-on");
    await password(page, "enrol@example.org");
    await page.getByRole("img", { name: /QR code/ }).waitFor();
    await look("enrolment");
    await page.getByLabel("Code").fill(CODE);
    await press(page, "Confirm the code");
    await page.getByText(RECOVERY[0] ?? "").waitFor();
    await look("recovery codes");
    await press(page, "I have kept them");
    await page.getByTestId("desk").waitFor();
    await openSecurity(page);
    await page.getByText("This one").waitFor();
    await look("security");
    await press(page, "Set up");
    await look("password again");
    await desk.close();
    expect(found).toEqual([]);
  });

  it("ends another session from the dialog", async () => {
    const desk = await openDesk(stand);
    await password(desk.page, "agent@example.org");
    await desk.page.getByTestId("desk").waitFor();
    await openSecurity(desk.page);
    const rows = desk.page.getByRole("dialog").getByRole("listitem");
    await desk.page.getByRole("button", { name: /Log out Safari, iOS/ }).click();
    await expect.poll(() => rows.count()).toBe(2);
    await desk.close();
  });
});
