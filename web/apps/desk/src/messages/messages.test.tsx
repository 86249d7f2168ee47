import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { messages, missedCalls } from "../../dev/past.ts";
import { renderDesk } from "../../dev/render.tsx";
import { api } from "../app/api.ts";
import { NoticeList } from "../desk/NoticeList.tsx";
import { MessageList } from "./MessageList.tsx";

function serve(left: readonly object[], missed: readonly object[] = []) {
  const answer = (data?: object) => ({ data, response: new Response(null, { status: 200 }) });
  const get = vi
    .spyOn(api, "GET")
    .mockImplementation((async (path: string) =>
      answer(path === "/v1/missed-calls" ? { items: missed } : { items: left, next_cursor: null })) as never);
  const post = vi.spyOn(api, "POST").mockImplementation((async () => answer({})) as never);
  return { get, post };
}

async function rows() {
  return await screen.findAllByTestId("message-row");
}

const of = (id: string) => ({ params: { path: { id } } });

afterEach(cleanup);

describe("the list of messages", () => {
  it("shows one's own first, then what is overdue, then as they were left", async () => {
    serve(messages());
    await renderDesk(<MessageList />);
    const shown = (await rows()).map(({ dataset }) => `${dataset.state} ${dataset.overdue}`);
    expect(shown).toEqual(["taken false", "new true", "taken false", "new false"]);
    expect(screen.getAllByText("Overdue")).toHaveLength(1);
  });

  it("offers only what can be done: playing what is stored, taking what is nobody's, ringing back for one's own", async () => {
    serve(messages());
    await renderDesk(<MessageList />);
    const [own, overdue, colleagues] = await rows();
    const names = (row: HTMLElement | undefined) =>
      within(row as HTMLElement)
        .queryAllByRole("button")
        .map((button) => button.getAttribute("aria-label"));
    expect(names(own)).toEqual([
      "Play the message of +49 30 901820145",
      "Call +49 30 901820145",
      "Give the message of +49 30 901820145 back",
      "Finish the message of +49 30 901820145",
    ]);
    expect(names(overdue)).toEqual(["Play the message of +44 20 7946 0018", "Take the message of +44 20 7946 0018"]);
    expect(names(colleagues)).toEqual([]);
  });

  it("plays a message from its own address", async () => {
    serve(messages());
    await renderDesk(<MessageList />);
    await userEvent.click(await screen.findByRole("button", { name: "Play the message of +44 20 7946 0018" }));
    expect(screen.getByTestId("recording-audio").getAttribute("src")).toBe("/v1/voicemails/m1/audio");
  });

  it("is glad to be empty, and says when it cannot be read", async () => {
    const { get } = serve([]);
    await renderDesk(<MessageList />);
    expect(await screen.findByText("No messages, and nobody missed")).toBeTruthy();
    get.mockRejectedValue(new Error("no server"));
    await userEvent.click(screen.getByRole("button", { name: "Refresh the messages" }));
    expect((await screen.findByRole("alert")).textContent).toContain("could not be loaded");
  });
});

describe("taking care of a message", () => {
  it("takes one, or gives it back", async () => {
    const { post } = serve(messages());
    await renderDesk(<MessageList />);
    await userEvent.click(await screen.findByRole("button", { name: "Take the message of +44 20 7946 0018" }));
    expect(post).toHaveBeenCalledWith("/v1/voicemails/{id}/take", of("m1"));
    await userEvent.click(screen.getByRole("button", { name: "Give the message of +49 30 901820145 back" }));
    expect(post).toHaveBeenCalledWith("/v1/voicemails/{id}/give-back", of("m2"));
  });

  it("has keys: V takes the next, F finishes one's own with a note", async () => {
    const { post } = serve(messages());
    await renderDesk(<MessageList />);
    await rows();
    await userEvent.keyboard("v");
    expect(post).toHaveBeenCalledWith("/v1/voicemails/{id}/take", of("m1"));
    await userEvent.keyboard("f");
    await userEvent.type(screen.getByLabelText("What came of it (optional)"), "Rang back.");
    await userEvent.click(screen.getByRole("button", { name: "Done" }));
    const body = { disposition: "", note: "Rang back." };
    expect(post).toHaveBeenCalledWith("/v1/voicemails/{id}/finish", { ...of("m2"), body });
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("says why a colleague's cannot be taken", async () => {
    const { post } = serve(messages());
    const refused = { error: { code: "voicemail_taken" }, response: new Response(null, { status: 409 }) };
    post.mockResolvedValue(refused as never);
    await renderDesk(
      <>
        <MessageList />
        <NoticeList />
      </>,
    );
    await userEvent.click(await screen.findByRole("button", { name: "Take the message of +44 20 7946 0018" }));
    expect((await screen.findByTestId("notice")).dataset.code).toBe("voicemail_taken");
  });
});

describe("missed calls", () => {
  it("shows who called in vain, how often and how long, with one click to ring back", async () => {
    serve([], missedCalls());
    await renderDesk(<MessageList />);
    const [first] = await screen.findAllByTestId("missed-row");
    expect(first?.textContent).toContain("called 3 times · waited 3:05");
    expect(screen.getByRole("button", { name: "Call +44 20 7946 0077" })).toBeTruthy();
  });
});
