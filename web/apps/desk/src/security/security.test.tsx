import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { renderDesk } from "../../dev/render.tsx";
import { CODE, RECOVERY, ScriptedSecurity } from "../../dev/security.ts";
import { api } from "../app/api.ts";
import { deviceOf } from "./device.ts";
import { SecurityDialog } from "./SecurityDialog.tsx";

interface Sent {
  readonly body?: unknown;
  readonly params?: { readonly path: { readonly id: string } };
}

/** The page's client over the scripted server, without a network. */
function connect(server: ScriptedSecurity): void {
  const over =
    (method: string) =>
    async (path: string, sent: Sent = {}) => {
      const filled = path.replace("{id}", sent.params?.path.id ?? "");
      const { status, body } = server.answer(method, filled, JSON.stringify(sent.body ?? null)) ?? { status: 404 };
      const response = new Response(null, { status });
      return response.ok ? { data: body, response } : { error: body, response };
    };
  for (const method of ["GET", "POST", "DELETE"] as const) {
    vi.spyOn(api, method).mockImplementation(over(method) as never);
  }
}

beforeEach(async () => {
  connect(new ScriptedSecurity());
  await renderDesk(<SecurityDialog isOpen onClose={() => undefined} />);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const press = async (name: string | RegExp) => userEvent.click(await screen.findByRole("button", { name }));

describe("sessions", () => {
  it("shows where one is logged in, and which place this is", async () => {
    const list = await screen.findByRole("region", { name: "Where you are logged in" });
    const rows = await within(list).findAllByRole("listitem");
    expect(rows.map((row) => row.textContent?.includes("This one"))).toEqual([true, false, false]);
    expect(rows[0]?.textContent).toContain("Firefox, Windows");
    expect(rows[2]?.textContent).toContain("Unknown device");
  });

  it("ends one of them", async () => {
    await press(/Log out Safari, iOS/);
    expect(await screen.findAllByRole("listitem")).toHaveLength(2);
    expect(screen.queryByText("Safari, iOS")).toBeNull();
  });

  it("ends all others", async () => {
    await press("Log out everywhere else");
    expect(await screen.findAllByRole("listitem")).toHaveLength(1);
  });

  it("says when it cannot be done", async () => {
    await screen.findAllByRole("listitem");
    vi.spyOn(api, "DELETE").mockRejectedValue(new TypeError("failed to fetch"));
    await press("Log out everywhere else");
    expect((await screen.findByRole("alert")).textContent).toContain("does not answer");
  });
});

describe("the second factor", () => {
  const section = () => screen.getByRole("region", { name: "Second factor" });

  async function setUp(): Promise<void> {
    await press("Set up");
    await userEvent.type(within(section()).getByLabelText("Password"), "correct horse{Enter}");
    await userEvent.type(await within(section()).findByLabelText("Code"), `${CODE}{Enter}`);
  }

  it("is set up with password, QR code and first code, and its recovery codes are shown", async () => {
    await setUp();
    for (const code of RECOVERY) expect(await screen.findByText(code)).toBeTruthy();
    await press("I have kept them");
    expect(await screen.findByText("It is on. 4 recovery codes are left.")).toBeTruthy();
  });

  it("does not take a wrong first code", async () => {
    await press("Set up");
    await userEvent.type(within(section()).getByLabelText("Password"), "correct horse{Enter}");
    await userEvent.type(await within(section()).findByLabelText("Code"), "000000{Enter}");
    expect(await within(section()).findByText(/wrong, too old/)).toBeTruthy();
  });

  it("is switched off with password and code", async () => {
    await setUp();
    await press("I have kept them");
    await press("Switch off");
    await userEvent.type(within(section()).getByLabelText("Password"), "correct horse");
    await userEvent.type(within(section()).getByLabelText("Code"), CODE);
    await press("Switch off");
    expect(await screen.findByRole("button", { name: "Set up" })).toBeTruthy();
  });
});

describe("the password", () => {
  it("is changed with the present one", async () => {
    const post = vi.spyOn(api, "POST");
    await userEvent.type(screen.getByLabelText("Present password"), "correct horse");
    await userEvent.type(screen.getByLabelText("New password"), "a whole new password{Enter}");
    expect(await screen.findByText("Your password is changed.")).toBeTruthy();
    const body = { old_password: "correct horse", new_password: "a whole new password" };
    expect(post).toHaveBeenCalledWith("/v1/session/password", { body });
  });
});

describe("devices", () => {
  it.each([
    ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36", "Chrome, Linux"],
    ["Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge, Windows"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari, macOS"],
    ["Mozilla/5.0 (Linux; Android 15) Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome, Android"],
    ["curl/8.0", null],
    ["", null],
  ])("%s", (agent, device) => {
    expect(deviceOf(agent)).toBe(device);
  });
});
