import { act, cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { renderDesk } from "../../dev/render.tsx";
import { firstState, OFFER } from "../../dev/scene.ts";
import type { DeskState } from "../link/protocol.ts";
import { LinkDialogs } from "./LinkDialogs.tsx";
import { Stage } from "./Stage.tsx";
import { StatusBar } from "./StatusBar.tsx";

function me(change: Partial<DeskState["me"]>): DeskState["me"] {
  return { ...firstState().me, state: "not_ready", reachable: true, ...change };
}

afterEach(cleanup);

describe("the microphone", () => {
  it("explains a refusal and offers another try", async () => {
    const { desk } = await renderDesk(<Stage />, { me: me({}) });
    act(() => desk.softphone.store.set({ microphone: "failed", microphoneFailure: "permission_denied", leg: "none" }));
    expect(screen.getByTestId("microphone-failure").dataset.code).toBe("permission_denied");
    expect(screen.getByRole("button", { name: "Try again" })).toBeTruthy();
  });

  it("names the device that is gone", async () => {
    const { desk } = await renderDesk(<Stage />, { me: me({}) });
    const gone = { microphone: "failed", microphoneFailure: "no_microphone", microphoneLabel: "Headset 3" } as const;
    act(() => desk.softphone.store.set(gone));
    expect(screen.getByTestId("microphone-failure").textContent).toContain("“Headset 3”: No microphone was found.");
  });

  it("tells of one that is muted outside of the page", async () => {
    const { desk } = await renderDesk(<Stage />, { me: me({}) });
    act(() => desk.softphone.store.set({ microphoneMuted: true, microphoneLabel: "Headset 3" }));
    expect(screen.getByTestId("microphone-failure").dataset.code).toBe("muted");
  });
});

describe("a desk that is not heard", () => {
  it("says so and connects anew when asked", async () => {
    const { desk } = await renderDesk(<Stage />, { me: me({ reachable: false, fault: "audio_path" }) });
    const renew = vi.spyOn(desk.softphone, "renew").mockImplementation(() => undefined);
    await userEvent.click(screen.getByRole("button", { name: "Connect anew" }));
    expect(renew).toHaveBeenCalled();
  });

  it("shows why the agent is not ready, and not what comes after it", async () => {
    const lost = me({ reason: "microphone_lost", requested: "available", reachable: false, fault: "microphone" });
    await renderDesk(<StatusBar />, { me: lost });
    expect(screen.getByTestId("agent-state").textContent).toContain("The microphone is gone");
  });
});

describe("a telephone in place of the browser", () => {
  const desk1 = { own_telephone: "desk1", telephone: true } as const;

  it("needs no microphone, and is chosen with one click", async () => {
    const { desk, intents } = await renderDesk(<Stage />, { me: me({ own_telephone: "desk1" }) });
    act(() => desk.softphone.store.set({ microphone: "closed", leg: "none" }));
    await userEvent.click(screen.getByRole("button", { name: "Work by telephone desk1" }));
    expect(intents).toMatchObject([{ type: "log_in", telephone: true }]);
  });

  it("tells what is to be done for a line that is kept up", async () => {
    await renderDesk(<Stage />, { me: me({ ...desk1, line: "confirming" }) });
    expect(screen.getByTestId("line").textContent).toContain("Press 1");
    expect(screen.getByTestId("line").closest('[role="status"]')).not.toBeNull();
  });

  it("is ready without a voice line, and says where it rings", async () => {
    const { desk } = await renderDesk(
      <>
        <Stage />
        <StatusBar />
      </>,
      { me: me(desk1) },
    );
    act(() => desk.softphone.store.set({ microphone: "closed", leg: "none" }));
    expect(screen.getByTestId("stage").dataset.stage).toBe("idle");
    expect(screen.getByTestId("telephone-choice").textContent).toContain("desk1");
    expect(screen.getByRole("button", { name: "Ready" }).hasAttribute("disabled")).toBe(false);
  });

  it("is answered there", async () => {
    await renderDesk(<Stage />, { me: me({ ...desk1, state: "offered" }), offer: OFFER });
    expect(screen.queryByRole("button", { name: "Answer" })).toBeNull();
    expect(screen.getByText("Answer at your telephone: it rings.")).toBeTruthy();
  });
});

describe("a desk at another page", () => {
  it("is taken over when the person here says so", async () => {
    const { desk } = await renderDesk(<LinkDialogs />);
    const open = vi.spyOn(desk.connection, "open").mockImplementation(() => undefined);
    vi.spyOn(desk.softphone, "begin").mockImplementation(() => undefined);
    act(() => desk.connection.yield());
    expect(desk.connection.store.get().status).toBe("elsewhere");
    await userEvent.click(screen.getByRole("button", { name: "Take over here" }));
    expect(open).toHaveBeenCalled();
  });
});
