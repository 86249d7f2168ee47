import { act, cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { renderDesk } from "../../dev/render.tsx";
import { clientsLive } from "../../dev/supervision.ts";
import { api } from "../app/api.ts";
import { usePlace } from "../app/route.ts";
import { BoardNav } from "../board/BoardNav.tsx";
import { ClientsPage } from "./ClientsPage.tsx";
import { useClients } from "./useClients.ts";

let status = 200;
let permissions: string[];
let asked: string[];

beforeEach(() => {
  status = 200;
  asked = [];
  permissions = ["calls.read", "live.read_team"];
  vi.useFakeTimers({ shouldAdvanceTime: true });
  vi.spyOn(api, "GET").mockImplementation((async (path: string) => {
    asked.push(path);
    if (status === 0) throw new TypeError("nobody answers");
    const response = new Response(null, { status });
    if (path === "/v1/session/grants") return { data: { items: [{ client_id: "t3", permissions }] }, response };
    return status === 200 ? { data: clientsLive(), response } : { error: {}, response };
  }) as never);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  window.location.hash = "";
});

function Area() {
  const clients = useClients();
  const { page } = usePlace();
  return (
    <>
      <BoardNav clients={clients} />
      {page === "clients" && <ClientsPage clients={clients} />}
    </>
  );
}

async function opened(hash: string): Promise<void> {
  window.location.hash = hash;
  await renderDesk(<Area />);
  await act(async () => void (await vi.advanceTimersByTimeAsync(1)));
}

const names = () => screen.getAllByTestId("client-row").map((row) => row.querySelector("a")?.textContent);

describe("all clients", () => {
  it("are shown with whose callers wait for longest first, each leading to its board", async () => {
    await opened("#clients");
    expect(names()).toEqual(["Contoso Insurance", "Alpine Rail", "Fjord Ferries"]);
    expect(screen.getByRole("link", { name: "Alpine Rail" }).getAttribute("href")).toBe("#board?client=t4");
    expect(screen.getByTestId("client-sums").textContent).toMatch(/^All together93:3\d4 of 41983%41211$/);
  });

  it("say when they are old, and go on as soon as they can", async () => {
    await opened("#clients");
    status = 0;
    await act(async () => void (await vi.advanceTimersByTimeAsync(5_000)));
    expect(screen.getByText("Not up to date: connecting again…")).toBeTruthy();
    expect(names()).toHaveLength(3);
    status = 200;
    await act(async () => void (await vi.advanceTimersByTimeAsync(5_000)));
    expect(screen.queryByText("Not up to date: connecting again…")).toBeNull();
  });

  it("are not asked for where no client has granted the live view", async () => {
    permissions = ["calls.read"];
    await opened("#clients");
    await act(async () => void (await vi.advanceTimersByTimeAsync(20_000)));
    expect(screen.getByRole("heading").textContent).toBe("No client to show");
    expect(asked).toEqual(["/v1/session/grants"]);
    expect(screen.queryByRole("link", { name: "All clients" })).toBeNull();
  });
});

describe("the choice of a client", () => {
  it("is kept in the address from page to page", async () => {
    await opened("#alerts?queue=q1");
    await userEvent.selectOptions(screen.getByLabelText("Client"), "Contoso Insurance");
    expect(window.location.hash).toBe("#alerts?client=t3"); // the queue was another company's
    expect(screen.getByRole("link", { name: "Live board" }).getAttribute("href")).toBe("#board?client=t3");
    expect(screen.getByRole("link", { name: "Alerts" }).getAttribute("aria-current")).toBe("page");
    await userEvent.selectOptions(screen.getByLabelText("Client"), "Northwind Travel");
    expect(window.location.hash).toBe("#alerts");
  });

  it("stays what the address says where the client lets one in no more", async () => {
    await opened("#board?client=t9");
    const choice = screen.getByLabelText("Client") as HTMLSelectElement;
    expect([choice.value, choice.selectedOptions[0]?.textContent]).toEqual(["t9", "A client that you cannot see now"]);
  });

  it("is none where no client has granted the live view", async () => {
    permissions = [];
    await opened("#board");
    expect(screen.queryByLabelText("Client")).toBeNull();
  });
});
