import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { callOf, offerOf } from "../../dev/calls.ts";
import { renderDesk } from "../../dev/render.tsx";
import { ago, firstState, inSeconds, TENANT } from "../../dev/scene.ts";
import type { DeskState } from "../link/protocol.ts";
import { Stage } from "./Stage.tsx";
import { StatusBar } from "./StatusBar.tsx";

const [QUEUE] = Object.values(firstState().queues);
if (QUEUE === undefined) throw new Error("the scene has a queue");
const OFFER = { ...offerOf(QUEUE, "+442079460018", 1, inSeconds(20)), attestation: null };
const CALL = callOf({ ...OFFER, id: "c1", direction: "inbound" });

function me(change: Partial<DeskState["me"]>): DeskState["me"] {
  return { ...firstState().me, reachable: true, ...change };
}

afterEach(cleanup);

describe("where a call comes from", () => {
  it("is told before the answer and during the call: who had it, who forwarded it, how far the number is vouched for", async () => {
    const told = { diverted_by: "+442079460099", attestation: "failed" } as const;
    await renderDesk(<Stage />, { me: me({ state: "offered" }), offer: { ...OFFER, ...told, handled_by: "Tomasz" } });
    expect(screen.getByTestId("handled-by").textContent).toBe("From Tomasz");
    expect(screen.getByText("+44 20 7946 0099")).toBeTruthy();
    expect(screen.getByTestId("attestation").textContent).toBe("May be forged");
    cleanup();
    await renderDesk(<Stage />, { me: me({ state: "connected" }), call: { ...CALL, ...told } });
    expect(screen.getByText("+44 20 7946 0099")).toBeTruthy();
    expect(screen.getByTestId("attestation").dataset.value).toBe("failed");
  });
});

describe("a promised callback", () => {
  const callback = {
    id: "b1",
    client: TENANT,
    queue_id: "q1",
    queue_name: "Bookings",
    number: "+442079460018",
    state: "offered",
    until: inSeconds(20),
  } as const;

  it("is taken with A and given back with X", async () => {
    const { intents } = await renderDesk(<Stage />, { me: me({ state: "offered" }), callback });
    expect(screen.getByTestId("callback-number").textContent).toBe("+44 20 7946 0018");
    await userEvent.keyboard("ax");
    expect(intents).toEqual([
      { type: "take_callback", callback: "b1" },
      { type: "reject_callback", callback: "b1" },
    ]);
  });
});

describe("more time", () => {
  it("is one key away, and not offered where no time is set", async () => {
    const call = { ...CALL, state: "ended", ended_at: ago(1) } as const;
    const { intents } = await renderDesk(<Stage />, { me: me({ state: "wrap_up", until: inSeconds(30) }), call });
    await userEvent.keyboard("w");
    expect(intents).toEqual([{ type: "extend_wrap_up", call: "c1" }]);
    cleanup();
    await renderDesk(<Stage />, { me: me({ state: "wrap_up", until: null }), call });
    expect(screen.queryByRole("button", { name: "More time" })).toBeNull();
  });
});

describe("pauses", () => {
  it("says which pauses are taken before they are asked for", async () => {
    const reason_caps = [{ reason: "break", at_once: 2, seconds: 900, away: 2 }];
    await renderDesk(<StatusBar />, { me: me({ state: "available" }), reason_caps });
    await userEvent.click(screen.getByRole("button", { name: "Not ready" }));
    expect(screen.getByRole("menuitem", { name: /Break/ }).textContent).toBe("Break2 of 2 away · 15 minutes");
  });
});
