import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { messages } from "../../dev/past.ts";
import { renderDesk } from "../../dev/render.tsx";
import { firstState } from "../../dev/scene.ts";
import { api } from "../app/api.ts";
import { Stage } from "../desk/Stage.tsx";
import type { AgentState, MessageWork } from "../link/protocol.ts";
import { MessageList } from "./MessageList.tsx";

const [message] = messages();
const HOME = firstState().me.tenant;
const CLIENT = { id: "t9", name: "Harbour Bank" };

function work(change: Partial<MessageWork> = {}): MessageWork {
  return {
    id: "m1",
    client: HOME,
    queue_id: "q1",
    queue_name: "Sales",
    call_id: "c1",
    seconds: 48,
    left_at: "2026-03-02T09:00:00Z",
    taken: false,
    overdue: false,
    until: "2026-03-02T09:30:00Z",
    dispositions: ["resolved", "follow_up"],
    ...change,
  };
}

function serve() {
  vi.spyOn(api, "GET").mockImplementation((async () => ({ data: message, response: new Response() })) as never);
  return vi.spyOn(api, "POST").mockImplementation((async () => ({ response: new Response() })) as never);
}

async function show(state: AgentState, voicemail: MessageWork) {
  return await renderDesk(<Stage />, { me: { ...firstState().me, state }, voicemail });
}

const of = (id: string) => ({ params: { path: { id } } });

afterEach(cleanup);

describe("a message that the agent is asked to take", () => {
  it("shows whose it is, and is taken or refused by a click or a key", async () => {
    const post = serve();
    await show("offered", work({ overdue: true }));
    expect(await screen.findByText("+44 20 7946 0018")).toBeTruthy();
    expect(screen.getByText("Overdue")).toBeTruthy();
    expect(screen.queryByTestId("recording-player")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: /Take/ }));
    expect(post).toHaveBeenLastCalledWith("/v1/voicemails/{id}/take", of("m1"));
    await userEvent.click(screen.getByRole("button", { name: /Reject/ }));
    expect(post).toHaveBeenLastCalledWith("/v1/voicemails/{id}/reject", of("m1"));
  });

  it("names the company where the agent is a guest, in each request", async () => {
    const post = serve();
    await show("offered", work({ client: CLIENT }));
    await userEvent.click(screen.getByRole("button", { name: /Take/ }));
    const headers = { "Cordboard-Client": CLIENT.id };
    expect(post).toHaveBeenLastCalledWith("/v1/voicemails/{id}/take", { ...of("m1"), headers });
    expect(screen.getByTestId("client-name").textContent).toBe(CLIENT.name);
  });
});

describe("the list of a guest", () => {
  it("has the messages of every company whose queues they serve, and acts in the right one", async () => {
    const theirs = { ...message, id: "m9", number: "+442079460099" };
    vi.spyOn(api, "GET").mockImplementation((async (path: string, options?: { headers?: Record<string, string> }) => {
      const client = options?.headers?.["Cordboard-Client"];
      const items = path === "/v1/missed-calls" ? [] : [client === undefined ? message : theirs];
      return { data: { items, next_cursor: null }, response: new Response() };
    }) as never);
    const post = vi.spyOn(api, "POST").mockImplementation((async () => ({ response: new Response() })) as never);
    const { me } = firstState();
    await renderDesk(<MessageList />, { me: { ...me, clients: [CLIENT] } });
    const [, row] = await screen.findAllByTestId("message-row");
    expect(row?.textContent).toContain(CLIENT.name);
    await userEvent.click(screen.getByRole("button", { name: "Take the message of +44 20 7946 0099" }));
    const headers = { "Cordboard-Client": CLIENT.id };
    expect(post).toHaveBeenLastCalledWith("/v1/voicemails/{id}/take", { ...of("m9"), headers });
    await userEvent.click(screen.getByRole("button", { name: "Take the message of +44 20 7946 0018" }));
    expect(post).toHaveBeenLastCalledWith("/v1/voicemails/{id}/take", of("m1"));
  });
});

describe("work on a message", () => {
  it("plays it, rings back, and ends with what came of it", async () => {
    const post = serve();
    const { intents } = await show("connected", work({ taken: true }));
    expect((await screen.findByTestId("recording-audio")).getAttribute("src")).toBe("/v1/voicemails/m1/audio");
    const ringBack = screen.getByRole("button", { name: "Call +44 20 7946 0018" });
    expect(ringBack.textContent).toBe("Call +44 20 7946 0018");
    await userEvent.click(ringBack);
    expect(intents).toEqual([{ type: "dial", called: "+442079460018" }]);
    await userEvent.selectOptions(screen.getByLabelText("How did it end?"), "resolved");
    await userEvent.type(screen.getByLabelText("What came of it (optional)"), "Rang back.");
    await userEvent.click(screen.getByRole("button", { name: "Done" }));
    const body = { disposition: "resolved", note: "Rang back." };
    expect(post).toHaveBeenLastCalledWith("/v1/voicemails/{id}/finish", { ...of("m1"), body });
  });

  it("gives it back", async () => {
    const post = serve();
    await show("connected", work({ taken: true }));
    await userEvent.click(screen.getByRole("button", { name: "Give back" }));
    expect(post).toHaveBeenLastCalledWith("/v1/voicemails/{id}/give-back", of("m1"));
  });

  it("makes room for the call that is begun from it", async () => {
    serve();
    await show("wrap_up", work({ taken: true }));
    expect(screen.queryByTestId("message-work")).toBeNull();
  });
});
