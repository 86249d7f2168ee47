import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { renderDesk } from "../../dev/render.tsx";
import { ago, firstState, TENANT } from "../../dev/scene.ts";
import { api } from "../app/api.ts";
import { Stage } from "../desk/Stage.tsx";
import type { Call, Party } from "../link/protocol.ts";
import { sharingOf } from "./parties.ts";

const CALL: Call = {
  id: "c1",
  client: TENANT,
  direction: "inbound",
  caller: "+442079460018",
  called: "+442079460000",
  queue_id: "q1",
  queue_name: "Bookings",
  state: "connected",
  offered_at: ago(60),
  connected_at: ago(20),
  held_since: null,
  ended_at: null,
  recording: true,
  dispositions: ["resolved"],
  diverted_by: null,
  attestation: null,
  parties: [],
};

const EXPERT: Party = {
  party: "party1",
  number: "+442079460077",
  phone: null,
  state: "aside",
  since: ago(5),
  reason: null,
};

const me = { ...firstState().me, state: "connected", reachable: true } as const;

function shows(change: Partial<Call>) {
  return renderDesk(<Stage />, { me, call: { ...CALL, ...change } });
}

function button(name: string): HTMLElement {
  return screen.getByRole("button", { name });
}

beforeEach(() => {
  vi.spyOn(api, "GET").mockRejectedValue(new Error("no server"));
});

afterEach(cleanup);

describe("sharingOf", () => {
  it("asks one at a time, and joins only who has answered", () => {
    const calling = sharingOf({ ...CALL, state: "held", parties: [{ ...EXPERT, state: "dialling" }] });
    expect(calling).toMatchObject({ canHandOver: true, canConfer: false, canInvite: false });
    const talking = sharingOf({ ...CALL, state: "held", parties: [EXPERT] });
    expect(talking).toMatchObject({ canHandOver: true, canConfer: true, canInvite: false });
    const three = sharingOf({ ...CALL, parties: [{ ...EXPERT, state: "joined" }] });
    expect(three).toMatchObject({ canHandOver: true, canConfer: false, canInvite: true });
  });

  it("shares nothing before the answer, and tells of who left only while nobody else is there", () => {
    expect(sharingOf({ ...CALL, state: "dialing" })).toMatchObject({ canHandOver: false, canInvite: false });
    const gone: Party = { ...EXPERT, party: "party0", state: "left", reason: "busy" };
    expect(sharingOf({ ...CALL, parties: [gone] }).left).toBe(gone);
    expect(sharingOf({ ...CALL, parties: [gone, EXPERT] }).left).toBeNull();
  });
});

describe("asking somebody", () => {
  it("is T, a number and Enter", async () => {
    const { intents } = await shows({});
    await userEvent.keyboard("t");
    await userEvent.type(screen.getByLabelText("Telephone number"), "020 7946 0077{Enter}");
    expect(intents).toEqual([{ type: "consult", call: "c1", called: "+442079460077" }]);
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("passes the caller on at once where the agent wants so", async () => {
    const { intents } = await shows({});
    await userEvent.click(button("Transfer or add"));
    await userEvent.type(screen.getByLabelText("Telephone number"), "+442079460077");
    await userEvent.click(button("Transfer at once"));
    expect(intents).toEqual([{ type: "transfer", call: "c1", called: "+442079460077" }]);
  });

  it("says that a number is none, and calls nobody", async () => {
    const { intents } = await shows({});
    await userEvent.keyboard("t");
    await userEvent.type(screen.getByLabelText("Telephone number"), "reception{Enter}");
    expect(screen.getByRole("alert").textContent).toContain("not a telephone number");
    expect(intents).toEqual([]);
  });

  it("offers the other queues for callers, and none for whom the agent has called", async () => {
    const { intents } = await shows({});
    await userEvent.keyboard("t");
    expect(screen.queryByRole("button", { name: /Bookings/ })).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: /Baggage and claims/ }));
    expect(intents).toEqual([{ type: "transfer_to_queue", call: "c1", queue: "q2" }]);
    cleanup();
    await shows({ direction: "outbound" });
    await userEvent.keyboard("t");
    expect(screen.queryByText("Or send the caller to a queue")).toBeNull();
  });
});

describe("a consultation", () => {
  const consulting = { state: "held", held_since: ago(5), parties: [EXPERT] } as const;

  it("shows with whom, and hands over, joins or goes back by one key each", async () => {
    const { intents } = await shows(consulting);
    expect(screen.getByTestId("party").textContent).toContain("+44 20 7946 0077Only you two");
    await userEvent.keyboard("gjh");
    expect(intents).toEqual([
      { type: "hand_over", call: "c1" },
      { type: "confer", call: "c1" },
      { type: "retrieve", call: "c1" },
    ]);
  });

  it("joins nobody who still rings", async () => {
    const { intents } = await shows({ ...consulting, parties: [{ ...EXPERT, state: "dialling" }] });
    expect(button("All together").hasAttribute("disabled")).toBe(true);
    await userEvent.keyboard("j");
    expect(intents).toEqual([]);
  });

  it("says why somebody is not there", async () => {
    await shows({ state: "held", held_since: ago(5), parties: [{ ...EXPERT, state: "left", reason: "busy" }] });
    expect(screen.getByTestId("share-left").textContent).toBe("+44 20 7946 0077: is busy");
  });
});

describe("a conference", () => {
  it("lets the agent remove one, and leave the others to it", async () => {
    const { intents } = await shows({ parties: [{ ...EXPERT, state: "joined" }] });
    await userEvent.click(button("Remove +44 20 7946 0077"));
    await userEvent.click(button("Leave them to it"));
    expect(intents).toEqual([
      { type: "drop_party", call: "c1", party: "party1" },
      { type: "hand_over", call: "c1" },
    ]);
  });
});

describe("an abusive call", () => {
  it("is ended with its reason", async () => {
    const { intents } = await shows({});
    await userEvent.click(button("End for abuse"));
    await userEvent.click(screen.getByRole("menuitem", { name: "Threat" }));
    expect(intents).toEqual([{ type: "end_abusive_call", call: "c1", reason: "threat", note: "" }]);
  });
});
