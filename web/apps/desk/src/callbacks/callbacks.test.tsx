import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { renderDesk } from "../../dev/render.tsx";
import { AGENT } from "../../dev/scene.ts";
import { api } from "../app/api.ts";
import { NoticeList } from "../desk/NoticeList.tsx";
import { CallbackList } from "./CallbackList.tsx";

const PLANNED = {
  id: "b2",
  queue_id: "q2",
  number: "+4930901820145",
  state: "scheduled",
  since: "2026-03-02T09:00:00Z",
  due: "2026-03-02T15:30:00Z",
  agent_id: AGENT,
  taker_id: null,
};
const SOON = {
  ...PLANNED,
  id: "b1",
  queue_id: "q1",
  number: "+442079460018",
  state: "waiting",
  due: null,
  agent_id: null,
};

function serve(items: readonly object[]) {
  const ok = (data?: object) => ({ data, response: new Response(null, { status: 200 }) });
  vi.spyOn(api, "GET").mockImplementation((async () => ok({ items, next_cursor: null })) as never);
  const post = vi.spyOn(api, "POST").mockImplementation((async () => ok({})) as never);
  const remove = vi.spyOn(api, "DELETE").mockImplementation((async () => ok()) as never);
  return { post, remove };
}

afterEach(cleanup);

describe("the list", () => {
  it("shows who was promised what, in the order of their times, and which are one's own", async () => {
    serve([PLANNED, SOON]);
    await renderDesk(<CallbackList />);
    const rows = await screen.findAllByTestId("callback-row");
    expect(rows.map(({ textContent }) => textContent)).toEqual([
      "+44 20 7946 0018as soon as possible · BookingsIn line",
      "+49 30 9018201452 Mar, 15:30 · Baggage and claims · by youPlanned",
    ]);
  });

  it("is glad to be empty, and says when it cannot be read", async () => {
    serve([]);
    await renderDesk(<CallbackList />);
    expect(await screen.findByText("Nobody waits for a callback")).toBeTruthy();
    vi.spyOn(api, "GET").mockRejectedValue(new Error("no server"));
    await userEvent.click(screen.getByRole("button", { name: "Refresh the callbacks" }));
    expect((await screen.findByRole("alert")).textContent).toContain("could not be loaded");
  });

  it("takes a promise back", async () => {
    const { remove } = serve([SOON]);
    await renderDesk(<CallbackList />);
    await userEvent.click(await screen.findByRole("button", { name: "Cancel the callback to +44 20 7946 0018" }));
    expect(remove).toHaveBeenCalledWith("/v1/callbacks/{id}", { params: { path: { id: "b1" } } });
  });
});

describe("promising one", () => {
  it("sends number, queue, time and whether one calls oneself", async () => {
    const { post } = serve([]);
    await renderDesk(<CallbackList />);
    await userEvent.click(screen.getByRole("button", { name: "Promise one" }));
    await userEvent.type(screen.getByLabelText("Telephone number"), "020 7946 0077");
    await userEvent.selectOptions(screen.getByLabelText("Queue"), "Baggage and claims");
    await userEvent.click(screen.getByRole("checkbox", { name: "I call back myself" }));
    await userEvent.click(screen.getByRole("button", { name: "Promise" }));
    const body = { queue_id: "q2", number: "+442079460077", due: null, agent_id: AGENT };
    expect(post).toHaveBeenCalledWith("/v1/callbacks", { body });
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("stays open where it is refused, and says why", async () => {
    const { post } = serve([]);
    const refused = { error: { code: "callbacks_full" }, response: new Response(null, { status: 409 }) };
    post.mockResolvedValue(refused as never);
    await renderDesk(
      <>
        <CallbackList />
        <NoticeList />
      </>,
    );
    await userEvent.click(screen.getByRole("button", { name: "Promise one" }));
    await userEvent.type(screen.getByLabelText("Telephone number"), "+442079460077{Enter}");
    expect((await screen.findByTestId("notice")).dataset.code).toBe("callbacks_full");
    expect(screen.getByRole("dialog")).toBeTruthy();
  });
});
