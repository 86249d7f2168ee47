import { act, cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { firstBoard } from "../../dev/board.ts";
import { renderDesk } from "../../dev/render.tsx";
import { ago } from "../../dev/scene.ts";
import { api } from "../app/api.ts";
import { NoticeList } from "../desk/NoticeList.tsx";
import type { SocketLike } from "../link/connection.ts";
import type { DeskState } from "../link/protocol.ts";
import { BoardPage } from "./BoardPage.tsx";
import { BoardConnection } from "./board-connection.ts";
import type { BoardFrame } from "./protocol.ts";

let socket: SocketLike;
let asked: { what: string; body: unknown }[];
let answer: { readonly response: Response; readonly error?: unknown };

interface Options {
  readonly params: { readonly path: { readonly id: string } };
  readonly body?: unknown;
}

function fakeSocket(): SocketLike {
  socket = {
    onopen: null,
    onclose: null,
    onmessage: null,
    readyState: 1,
    send: () => undefined,
    close: () => undefined,
  };
  return socket;
}

function says(frame: BoardFrame): void {
  act(() => socket.onmessage?.(new MessageEvent("message", { data: JSON.stringify(frame) })));
}

async function board(change: Partial<DeskState> = {}) {
  const rendered = await renderDesk(
    <>
      <BoardPage connect={() => new BoardConnection(fakeSocket)} />
      <NoticeList />
    </>,
    change,
  );
  act(() => socket.onopen?.(new Event("open")));
  says({ op: "snapshot", sequence: 1, now: ago(0), state: firstBoard() });
  return rendered;
}

function row(test: string, name: string): HTMLElement {
  const found = screen.getAllByTestId(test).find((element) => element.textContent?.includes(name));
  if (found === undefined) throw new Error(`no ${test} of ${name}`);
  return found;
}

beforeEach(() => {
  asked = [];
  answer = { response: new Response(null, { status: 204 }) };
  for (const method of ["PUT", "POST", "DELETE"] as const) {
    vi.spyOn(api, method).mockImplementation((async (path: string, options: Options) => {
      asked.push({ what: `${method} ${path.replace("{id}", options.params.path.id)}`, body: options.body ?? null });
      return answer;
    }) as never);
  }
});

afterEach(cleanup);

describe("the live board", () => {
  it("shows queues, who waits, agents and alerts, with ages that run", async () => {
    await board();
    const rows = screen.getAllByTestId("board-queue").map(({ textContent }) => textContent?.replace(/0:4\d/, "(age)"));
    expect(rows).toEqual(["Bookings2(age)1 of 287%0:14184635", "Baggage and claims0—1 of 2——1846012"]);
    const together = screen.getByTestId("board-together").textContent;
    expect(together?.replace(/0:4\d/, "(age)")).toBe("All together2(age)1 of 5——36812317");
    expect(row("board-waiting", "+44 20 7946 0018").textContent).toContain("rings at Ingrid Østergård");
    expect(row("board-agent", "Ana-Lucía").textContent).toContain("On hold");
    expect(screen.getByTestId("board-alert").textContent).toContain("Longest wait · Bookings");
  });

  it("follows changes, and is glad when nobody waits", async () => {
    await board();
    says({ op: "event", sequence: 2, now: ago(0), changes: { waiting: { w1: null, w2: null }, alerts: { r1: null } } });
    expect(screen.getByTestId("nobody-waits").textContent).toContain("Nobody is waiting");
    expect(screen.getByText("No alerts: all figures are within their limits.")).toBeTruthy();
  });

  it("says when it is not up to date, and connects again after a gap", async () => {
    await board();
    says({ op: "event", sequence: 7, now: ago(0), changes: {} });
    expect(screen.getByText("Not up to date: connecting again…")).toBeTruthy();
    expect(screen.getAllByTestId("board-queue")).toHaveLength(2);
  });

  it("tells whose role sees no board", async () => {
    await renderDesk(<BoardPage connect={() => new BoardConnection(fakeSocket)} />);
    act(() => socket.onopen?.(new Event("open")));
    act(() => socket.onclose?.({ code: 4403 } as CloseEvent));
    expect(screen.getByRole("heading").textContent).toBe("This board is not for your role");
  });

  it("finds agents by name and by state", async () => {
    await board();
    await userEvent.type(screen.getByLabelText("Find by name"), "kwame");
    expect(screen.getAllByTestId("board-agent").map(({ dataset }) => dataset.state)).toEqual(["not_ready"]);
    await userEvent.clear(screen.getByLabelText("Find by name"));
    await userEvent.click(screen.getByRole("button", { name: /Wrap-up/ }));
    expect(screen.getAllByTestId("board-agent")).toHaveLength(1);
  });
});

describe("a supervisor", () => {
  it("listens to the agent who talks, and takes the call over", async () => {
    await board();
    const name = "Act on Ana-Lucía Fernández";
    await userEvent.click(screen.getByRole("button", { name }));
    await userEvent.click(screen.getByRole("menuitem", { name: "Listen" }));
    await userEvent.click(screen.getByRole("button", { name }));
    await userEvent.click(screen.getByRole("menuitem", { name: "Take over" }));
    expect(asked).toEqual([
      { what: "PUT /v1/calls/c1/supervision", body: { manner: "listen" } },
      { what: "POST /v1/calls/c1/take-over", body: null },
    ]);
  });

  it("has no call to listen to where nobody talks, and sets the state", async () => {
    await board();
    await userEvent.click(screen.getByRole("button", { name: "Act on Kwame Mensah" }));
    expect(screen.queryByRole("menuitem", { name: "Listen" })).toBeNull();
    await userEvent.click(screen.getByRole("menuitem", { name: "Log out" }));
    expect(asked).toEqual([{ what: "PUT /v1/users/a4/agent-state", body: { state: "logged_out", reason: "" } }]);
  });

  it("takes a caller, moves one, and gives one to an agent who is free", async () => {
    await board();
    const waits = within(row("board-waiting", "+49 30 901820145"));
    await userEvent.click(waits.getByRole("button", { name: "Take +49 30 901820145" }));
    await userEvent.click(waits.getByRole("button", { name: "Move +49 30 901820145" }));
    await userEvent.click(screen.getByRole("menuitem", { name: "Baggage and claims" }));
    await userEvent.click(waits.getByRole("button", { name: "Move +49 30 901820145" }));
    await userEvent.click(screen.getByRole("menuitem", { name: "Chidi Okafor" }));
    expect(asked).toEqual([
      { what: "POST /v1/calls/w2/pick", body: {} },
      { what: "POST /v1/calls/w2/move", body: { queue_id: "q2" } },
      { what: "POST /v1/calls/w2/pick", body: { agent_id: "a5" } },
    ]);
  });

  it("sees who hears them, and leaves", async () => {
    const supervision = { call_id: "c1", agent_id: "a1", manner: "whisper", since: ago(5), rings_until: null } as const;
    await board({ supervision });
    expect(screen.getByTestId("supervision").textContent).toContain("You whisper to Ana-Lucía Fernández");
    expect(screen.getByTestId("supervision").textContent).toContain("Only the agent hears you");
    await userEvent.click(screen.getByRole("button", { name: "Leave" }));
    expect(asked).toEqual([{ what: "DELETE /v1/calls/c1/supervision", body: null }]);
  });

  it("is told to answer the telephone that rings for it", async () => {
    const supervision = {
      call_id: "c1",
      agent_id: "a1",
      manner: "listen",
      since: ago(1),
      rings_until: ago(-20),
    } as const;
    await board({ supervision });
    expect(screen.getByTestId("supervision").textContent).toContain("Your telephone rings: answer it");
  });

  it("is told why something was refused", async () => {
    await board();
    answer = { response: new Response(null, { status: 409 }), error: { code: "call_not_waiting" } };
    await userEvent.click(screen.getByRole("button", { name: "Take +49 30 901820145" }));
    expect((await screen.findByTestId("notice")).dataset.code).toBe("call_not_waiting");
  });
});
