import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { renderDesk } from "../../dev/render.tsx";
import { ago, CALL, firstState, TENANT, targets } from "../../dev/scene.ts";
import { api } from "../app/api.ts";
import { Stage } from "../desk/Stage.tsx";
import type { Call, Consultation, Party } from "../link/protocol.ts";
import { sharingOf } from "./parties.ts";

const EXPERT: Party = {
  party: "party1",
  number: "+442079460077",
  phone: null,
  name: null,
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
    expect(intents).toEqual([{ type: "transfer_to_queue", call: "c1", queue: "q2", note: "", skills: [] }]);
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

describe("passing the caller on inside the house", () => {
  beforeEach(() => {
    vi.spyOn(api, "GET").mockResolvedValue({ data: targets(), response: new Response() } as never);
  });

  it("gives a note along, and closes queues where nobody has what the caller needs", async () => {
    const { intents } = await shows({});
    await userEvent.keyboard("t");
    await userEvent.type(screen.getByLabelText("Note for who gets the caller"), "refund");
    await userEvent.click(await screen.findByRole("checkbox", { name: "German" }));
    expect(screen.getByRole("button", { name: /Corporate travel/ }).hasAttribute("disabled")).toBe(true);
    await userEvent.click(screen.getByRole("button", { name: /Baggage and claims/ }));
    expect(intents).toEqual([
      { type: "transfer_to_queue", call: "c1", queue: "q2", note: "refund", skills: [{ skill: "german" }] },
    ]);
  });

  it("shows what colleagues do, and reaches who is free by name", async () => {
    const { intents } = await shows({});
    await userEvent.keyboard("t");
    const busy = await screen.findByRole("button", { name: "Ask Kwame Mensah first" });
    expect(busy.hasAttribute("disabled")).toBe(true);
    expect(screen.getAllByTestId("colleague").map((row) => row.textContent)).toContain("Kwame MensahNot ready");
    await userEvent.click(button("Ask Ana-Lucía Fernández first"));
    await userEvent.keyboard("t");
    await userEvent.click(await screen.findByRole("button", { name: "Transfer to Ana-Lucía Fernández at once" }));
    expect(intents).toEqual([
      { type: "consult_colleague", call: "c1", agent: "a3", note: "" },
      { type: "transfer_to_colleague", call: "c1", agent: "a3", note: "" },
    ]);
  });

  it("asks about whom the agent has called, and passes them on only afterwards", async () => {
    await shows({ direction: "outbound", queue_id: null });
    await userEvent.keyboard("t");
    const atOnce = await screen.findByRole("button", { name: "Transfer to Ana-Lucía Fernández at once" });
    expect(atOnce.hasAttribute("disabled")).toBe(true);
    expect(button("Ask Ana-Lucía Fernández first").hasAttribute("disabled")).toBe(false);
  });

  it("tells who gets the call what was written", async () => {
    await shows({ passed_on: { by: "Tomasz Zieliński", note: "wants a refund" } });
    expect(screen.getByTestId("passed-on").textContent).toBe("From Tomasz Zielińskiwants a refund");
  });
});

describe("being asked by a colleague", () => {
  const asked: Consultation = {
    call_id: "c9",
    client: TENANT,
    by: "Tomasz Zieliński",
    queue_name: "Bookings",
    caller: "+442079460018",
    called: "+442079460000",
    until: ago(-20),
    note: "wants a refund",
  };

  it("rings with the name and the note, and is answered or declined by a key", async () => {
    const { intents } = await renderDesk(<Stage />, { me: { ...me, state: "offered" }, consultation: asked });
    expect(screen.getByTestId("asked-by").textContent).toBe("Tomasz Zieliński");
    expect(screen.getByTestId("passed-on").textContent).toContain("wants a refund");
    await userEvent.keyboard("ax");
    expect(intents).toEqual([
      { type: "accept_consultation", call: "c9" },
      { type: "reject_consultation", call: "c9" },
    ]);
  });

  it("is answered at the telephone by who works by one", async () => {
    const { intents } = await renderDesk(<Stage />, {
      me: { ...me, state: "offered", telephone: true },
      consultation: asked,
    });
    expect(screen.getByText("Answer at your telephone: it rings.")).toBeDefined();
    await userEvent.keyboard("ax");
    expect(intents).toEqual([{ type: "reject_consultation", call: "c9" }]);
  });

  it("can only leave the call", async () => {
    const { intents } = await shows({ state: "held", held_since: ago(5), asked_by: "Tomasz Zieliński" });
    expect(screen.queryByRole("button", { name: "Transfer or add" })).toBeNull();
    await userEvent.click(button("Leave the call"));
    expect(intents).toEqual([{ type: "hang_up", call: "c1" }]);
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
