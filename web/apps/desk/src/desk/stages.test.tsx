import { act, cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { renderDesk } from "../../dev/render.tsx";
import { ago, CALL, firstState, inSeconds, OFFER } from "../../dev/scene.ts";
import type { DeskState } from "../link/protocol.ts";
import { Announcer } from "./Announcer.tsx";
import { NoticeList } from "./NoticeList.tsx";
import { Stage } from "./Stage.tsx";
import { StatusBar } from "./StatusBar.tsx";

function me(change: Partial<DeskState["me"]>): DeskState["me"] {
  return { ...firstState().me, reachable: true, ...change };
}

function button(name: string): HTMLElement {
  return screen.getByRole("button", { name });
}

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

describe("a ring", () => {
  const ringing = { me: me({ state: "offered" }), offer: OFFER };

  it("shows who calls and is answered with one click, the sender already on", async () => {
    const { desk, intents } = await renderDesk(<Stage />, ringing);
    expect(screen.getByTestId("ring-caller").textContent).toBe("+44 20 7946 0018");
    await userEvent.click(button("Answer"));
    expect(intents).toEqual([{ type: "accept_offer", offer: "o1" }]);
    expect(desk.softphone.store.get().transmitting).toBe(true);
  });

  it("switches the sender off again when the call has gone to somebody else", async () => {
    const { desk, refuse } = await renderDesk(
      <>
        <Stage />
        <NoticeList />
      </>,
      ringing,
    );
    refuse({ code: "offer_gone" });
    await userEvent.click(button("Answer"));
    expect(desk.softphone.store.get().transmitting).toBe(false);
    expect(screen.getByTestId("notice").dataset.code).toBe("offer_gone");
  });

  it("is answered with A and rejected with X", async () => {
    const { intents } = await renderDesk(<Stage />, ringing);
    await userEvent.keyboard("x");
    await userEvent.keyboard("a");
    expect(intents.map(({ type }) => type)).toEqual(["reject_offer", "accept_offer"]);
  });

  it("is spoken to a screen reader", async () => {
    await renderDesk(<Announcer />, ringing);
    expect(screen.getByTestId("announce-ring").textContent).toContain("+44 20 7946 0018, queue Bookings");
  });
});

describe("a desk that answers for several companies", () => {
  const RED = { id: "t2", name: "Red Line Ferries" };
  const serving = { clients: [RED] };

  it("says for whom before and after the answer, and in the wrap-up", async () => {
    const offer = { ...OFFER, client: RED };
    const { desk } = await renderDesk(<Stage />, { me: me({ state: "offered", ...serving }), offer });
    expect(screen.getByTestId("client-name").textContent).toBe("Red Line Ferries");
    cleanup();
    const call = { ...CALL, client: RED };
    await renderDesk(<Stage />, { me: me({ state: "connected", ...serving }), call });
    expect(screen.getByTestId("client-name").textContent).toBe("Red Line Ferries");
    cleanup();
    const ended = { ...call, state: "ended" as const, ended_at: ago(1) };
    await renderDesk(<Stage />, { me: me({ state: "wrap_up", ...serving }), call: ended });
    expect(screen.getByTestId("client-name").textContent).toContain("Red Line Ferries");
    expect(desk).toBeTruthy();
  });

  it("names its own company then too, and nothing where there is only that one", async () => {
    await renderDesk(<Stage />, { me: me({ state: "offered", ...serving }), offer: OFFER });
    expect(screen.getByTestId("client-name").textContent).toBe("Northwind Travel");
    cleanup();
    await renderDesk(<Stage />, { me: me({ state: "offered" }), offer: OFFER });
    expect(screen.queryByTestId("client-name")).toBeNull();
  });

  it("is told for whom it rings by the screen reader", async () => {
    const offer = { ...OFFER, client: RED };
    await renderDesk(<Announcer />, { me: me({ state: "offered", ...serving }), offer });
    expect(screen.getByTestId("announce-ring").textContent).toContain("Red Line Ferries, Bookings");
  });

  it("dials for the client that was chosen", async () => {
    const { intents, desk } = await renderDesk(<Stage />, { me: me({ state: "available", ...serving }) });
    act(() => desk.softphone.store.set({ leg: "ready" }));
    await userEvent.selectOptions(screen.getByLabelText("For"), "Red Line Ferries");
    await userEvent.type(screen.getByLabelText("Call a number"), "+442071838799{Enter}");
    expect(intents).toEqual([{ type: "dial", called: "+442071838799", client: "t2" }]);
  });
});

describe("a call", () => {
  const talking = { me: me({ state: "connected" }), call: CALL };

  it("holds, mutes, sends digits and hangs up from the keyboard", async () => {
    const { desk, intents } = await renderDesk(<Stage />, talking);
    await userEvent.keyboard("m");
    expect(desk.softphone.store.get().muted).toBe(true);
    expect(screen.getByText(/the caller cannot hear you/)).toBeTruthy();
    await userEvent.keyboard("4#he");
    expect(intents).toEqual([
      { type: "press_digits", call: "c1", digits: "4" },
      { type: "press_digits", call: "c1", digits: "#" },
      { type: "hold", call: "c1" },
      { type: "hang_up", call: "c1" },
    ]);
  });

  it("offers Retrieve while it is held", async () => {
    const { intents } = await renderDesk(<Stage />, {
      ...talking,
      call: { ...CALL, state: "held", held_since: ago(5) },
    });
    await userEvent.click(button("Retrieve"));
    expect(intents).toEqual([{ type: "retrieve", call: "c1" }]);
  });

  it("says what is wrong with the microphone without leaving the call", async () => {
    const { desk } = await renderDesk(<Stage />, talking);
    act(() => desk.softphone.store.set({ microphone: "failed", microphoneFailure: "no_microphone" }));
    expect(screen.getByRole("alert").textContent).toContain("Plug in your headset");
    expect(button("Hang up")).toBeTruthy();
  });
});

describe("wrap-up", () => {
  const wrapping = {
    me: me({ state: "wrap_up", until: inSeconds(30) }),
    call: { ...CALL, state: "ended", ended_at: ago(1) } as const,
  };

  it("wants to know how the call ended before it is finished", async () => {
    const { intents } = await renderDesk(<Stage />, wrapping);
    await userEvent.click(button("Finish wrap-up"));
    expect(intents).toEqual([]);
    expect(screen.getByRole("alert").textContent).toBe("Choose how the call ended.");
    await userEvent.keyboard("2");
    await userEvent.type(screen.getByLabelText("Note"), "Later flight ");
    await userEvent.click(button("Finish wrap-up"));
    expect(intents).toEqual([{ type: "finish_wrap_up", call: "c1", disposition: "follow_up", note: "Later flight" }]);
  });

  it("hands in by itself what was chosen when the time is up", async () => {
    const { intents, show } = await renderDesk(<Stage />, wrapping);
    await userEvent.keyboard("1");
    act(() => show({ ...wrapping, me: me({ state: "wrap_up", until: inSeconds(0.5) }) }));
    await vi.waitFor(() => expect(intents).toHaveLength(1));
    expect(intents[0]).toMatchObject({ type: "finish_wrap_up", disposition: "resolved" });
  });
});

describe("the state", () => {
  it("is asked for with one click, and with a reason from the menu", async () => {
    const { intents } = await renderDesk(<StatusBar />, { me: me({ state: "not_ready", reason: "logged_in" }) });
    await userEvent.click(button("Ready"));
    await userEvent.click(button("Not ready"));
    await userEvent.click(screen.getByRole("menuitem", { name: "Meal" }));
    expect(intents).toEqual([
      { type: "request_state", state: "available", reason: "" },
      { type: "request_state", state: "not_ready", reason: "meal" },
    ]);
  });

  it("cannot be ready while calls cannot reach the agent", async () => {
    await renderDesk(<StatusBar />, { me: me({ state: "not_ready", reachable: false }) });
    expect(button("Ready").hasAttribute("disabled")).toBe(true);
  });

  it("shows what comes after the call", async () => {
    const busy = me({ state: "connected", requested: "not_ready", requested_reason: "break" });
    await renderDesk(<StatusBar />, { me: busy, call: CALL });
    expect(screen.getByTestId("requested-state").textContent).toBe("Break after this call");
  });
});
