import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { renderDesk } from "../../dev/render.tsx";
import { team } from "../../dev/scene.ts";
import { api } from "../app/api.ts";
import type { DeskState } from "../link/protocol.ts";
import { Alarms } from "./Alarms.tsx";
import { Header } from "./Header.tsx";

let held: string[];

beforeEach(() => {
  window.history.replaceState(null, "", "#");
  vi.spyOn(api, "GET").mockImplementation((async () => ({
    data: { items: ["queues.read", ...held].map((code) => ({ code, held: true })) },
    response: new Response(),
  })) as never);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const WAYS = ["Live board", "Certificates", "Your desk"];
const ways = () => WAYS.filter((name) => screen.queryByRole("button", { name }) !== null);

async function shown(permissions: string[], change: Partial<DeskState> = {}) {
  held = permissions;
  await renderDesk(<Header />, change);
  await vi.waitFor(() => expect(api.GET).toHaveBeenCalled());
  await screen.findByRole("button", { name: "Sound and alerts" });
}

describe("the way beside the desk", () => {
  it.each<[string, string[], Partial<DeskState>, string[]]>([
    ["an agent", [], {}, []],
    ["who has a team", [], { team: team() }, ["Live board"]],
    ["who may see the board before anybody works", ["live.read", "trunks.read"], {}, ["Live board"]],
    ["who looks after telephones", ["phones.read"], {}, ["Certificates"]],
    ["who looks after trunks", ["trunks.read"], {}, ["Certificates"]],
  ])("for %s", async (_, permissions, change, found) => {
    await shown(permissions, change);
    await vi.waitFor(() => expect(ways()).toEqual(found));
  });

  it("leads to the certificates and back, also by the keyboard", async () => {
    await shown(["trunks.read"]);
    await userEvent.click(await screen.findByRole("button", { name: "Certificates" }));
    expect([window.location.hash, ways()]).toEqual(["#certificates", ["Your desk"]]);
    await userEvent.keyboard("b");
    await vi.waitFor(() => expect(ways()).toEqual(["Certificates"]));
  });
});

describe("an alarm of a trunk", () => {
  it("says why it is lost", async () => {
    const alarm = { code: "trunk_down", detail: "Carrier", at: "2026-03-02T09:00:00Z", reason: "name_mismatch" };
    await renderDesk(<Alarms />, { alarms: [alarm] });
    expect(screen.getByTestId("alarm").textContent).toMatch(
      /^A carrier does not answer.* · Carrier · Its certificate bears another name/,
    );
  });
});
