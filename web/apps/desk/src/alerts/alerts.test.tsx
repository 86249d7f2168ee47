import { cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { renderDesk } from "../../dev/render.tsx";
import { pastAlert, ScriptedSupervision } from "../../dev/supervision.ts";
import { api } from "../app/api.ts";
import { usePlace } from "../app/route.ts";
import { NoticeList } from "../desk/NoticeList.tsx";
import { AlertsPage, filterOf } from "./AlertsPage.tsx";
import { figureWords } from "./measures.ts";
import { queryOf } from "./useAlerts.ts";

const server = new ScriptedSupervision();
let headers: unknown[];

interface Options {
  readonly params?: { readonly path?: { readonly id: string }; readonly query?: Record<string, unknown> };
  readonly headers?: Record<string, string>;
}

beforeEach(() => {
  server.reset();
  headers = [];
  for (const method of ["GET", "POST"] as const) {
    vi.spyOn(api, method).mockImplementation((async (path: string, { params, headers: sent = {} }: Options = {}) => {
      headers.push(sent);
      const query = new URLSearchParams(
        Object.entries(params?.query ?? {}).map(([key, value]) => [key, String(value)]),
      );
      const at = `${path.replace("{id}", params?.path?.id ?? "")}?${query.toString()}`;
      const { status = 404, body } = server.answer(method, at, "", {}) ?? {};
      const response = new Response(null, { status });
      return status < 300 ? { data: body, response } : { error: body, response };
    }) as never);
  }
});
afterEach(() => {
  cleanup();
  window.location.hash = "";
});

function Shown() {
  return <AlertsPage client={usePlace().query.client ?? null} />;
}

async function opened(hash = "#alerts") {
  window.location.hash = hash;
  await renderDesk(
    <>
      <Shown />
      <NoticeList />
    </>,
  );
  await waitFor(() => expect(screen.getByTestId("alerts").dataset.status).not.toBe("loading"));
}

const rows = () => screen.queryAllByTestId("alert-row").map(({ textContent }) => textContent ?? "");

describe("past alerts", () => {
  it("tell when, how bad, and who looked after them", async () => {
    await opened();
    expect(rows()[0]).toMatch(/Longest waitraised nowBookings.*6:\d\d0:41 \(limit 0:30\)I’ll look after it/);
    expect(rows()[1]).toMatch(/Longest waitoverBaggage and claims.*3:201:36 \(limit 0:30\)Ana-Lucía Fernández, /);
    expect(rows()[2]).toMatch(/Many wait.*17.5 \(limit 12\)You, /);
    expect(rows()[3]).toMatch(/Whole company.*Nobody$/);
  });

  it("are looked after by a press, which keeps the keyboard's place and is said", async () => {
    await opened();
    await userEvent.click(screen.getByRole("button", { name: "I’ll look after it: Longest wait · Bookings" }));
    expect(await screen.findByText("You look after Longest wait now.")).toBeTruthy();
    expect(rows()[0]).toMatch(/You, /);
    expect(document.activeElement?.textContent).toMatch(/^You, /);
  });

  it("say why one cannot look after what is gone", async () => {
    await opened();
    server.alerts = [];
    await userEvent.click(screen.getByRole("button", { name: /look after/ }));
    expect(await screen.findByTestId("notice")).toBeTruthy();
    await waitFor(() => expect(rows()).toEqual([]));
  });

  it("are chosen by queue, time and stand, in the address", async () => {
    await opened();
    await userEvent.selectOptions(screen.getByLabelText("Queue"), "Baggage and claims");
    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(window.location.hash).toBe("#alerts?queue=q2");
    await userEvent.selectOptions(screen.getByLabelText("Which alerts"), "Raised now");
    expect((await screen.findByTestId("no-alerts")).textContent).toContain("in what you chose");
    await userEvent.click(screen.getByRole("button", { name: "Show all alerts" }));
    await waitFor(() => expect(rows()).toHaveLength(4));
    await userEvent.selectOptions(screen.getByLabelText("Time"), "Last 24 hours");
    await waitFor(() => expect(rows()).toHaveLength(2));
  });

  it("stay shown when they cannot be read anew, and say so", async () => {
    await opened();
    vi.mocked(api.GET).mockRejectedValue(new TypeError("nobody answers"));
    await userEvent.click(screen.getByRole("button", { name: "Read the alerts anew" }));
    expect(await screen.findByText("Not up to date: connecting again…")).toBeTruthy();
    expect(rows()).toHaveLength(4);
  });

  it("of a client are read under the grant there", async () => {
    await opened("#alerts?client=t3");
    expect(new Set(headers.map((one) => JSON.stringify(one)))).toEqual(new Set(['{"Cordboard-Client":"t3"}']));
  });

  it("rest in peace where there are none at all", async () => {
    server.alerts = [];
    await opened("#alerts?within=all");
    const empty = within(screen.getByTestId("no-alerts"));
    expect(empty.getByText("No figure has been beyond its limit.")).toBeTruthy();
    expect(empty.queryByRole("button")).toBeNull();
  });
});

describe("the parts", () => {
  it("read the address, and what is no filter as the usual one", () => {
    expect(filterOf({})).toEqual({ queue: "", hours: "168", stand: "" });
    expect(filterOf({ queue: "q1", within: "all", stand: "over" })).toEqual({ queue: "q1", hours: "", stand: "over" });
    expect(filterOf({ within: "5", stand: "?" })).toEqual({ queue: "", hours: "168", stand: "" });
  });

  it("ask for what is chosen only", () => {
    const now = Date.parse("2026-03-02T09:00:00Z");
    expect(queryOf({ queue: "", hours: "", stand: "" }, now)).toEqual({ limit: 50 });
    expect(queryOf({ queue: "q1", hours: "24", stand: "over" }, now)).toEqual({
      ...{ limit: 50, queue_id: "q1", since: "2026-03-01T09:00:00.000Z", raised: false },
    });
  });

  it.each([
    ["longest_wait", 96, "1:36"],
    ["service_level", 71.4, "71%"],
    ["waiting_calls", 17.5, "17.5"],
    ["of_tomorrow", 3, "3"],
  ])("write %s", (measure, value, words) => {
    expect(figureWords(measure, value, "en")).toBe(words);
    expect(pastAlert("a", 1).measure).toBe("longest_wait");
  });
});
