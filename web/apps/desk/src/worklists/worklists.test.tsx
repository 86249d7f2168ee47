import { cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { renderDesk } from "../../dev/render.tsx";
import { SESSION } from "../../dev/scene.ts";
import { ScriptedServer } from "../../dev/scripted-desk.ts";
import { api } from "../app/api.ts";
import { go, usePlace } from "../app/route.ts";
import { NoticeList } from "../desk/NoticeList.tsx";
import { MissedPage } from "./MissedPage.tsx";
import { PromisedPage } from "./PromisedPage.tsx";
import { together } from "./useWorklist.ts";
import { VoicemailsPage } from "./VoicemailsPage.tsx";

const server = new ScriptedServer();

interface Options {
  readonly params?: {
    readonly path?: { readonly id: string };
    readonly query?: Record<string, unknown>;
    readonly header?: Record<string, string>;
  };
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** The scripted server's answers, without a wire. */
beforeEach(() => {
  server.reset();
  for (const method of ["GET", "POST", "PATCH", "DELETE"] as const) {
    vi.spyOn(api, method).mockImplementation((async (path: string, options: Options = {}) => {
      const { params = {}, headers = {}, body } = options;
      const query = new URLSearchParams(Object.entries(params.query ?? {}).map(([key, one]) => [key, String(one)]));
      const at = `${path.replace("{id}", params.path?.id ?? "")}${query.size === 0 ? "" : `?${query.toString()}`}`;
      const sent = Object.entries({ ...headers, ...params.header }).map(([name, one]) => [name.toLowerCase(), one]);
      const reply = server.answer(method, at, JSON.stringify(body ?? null), Object.fromEntries(sent) as never);
      const { status = 404, body: told, headers: kept = {} } = reply ?? {};
      const response = new Response(null, { status, headers: kept });
      return status < 300 ? { data: told, response } : { error: told, response };
    }) as never);
  }
});
afterEach(() => {
  cleanup();
  window.location.hash = "";
});

function Shown() {
  const { page } = usePlace();
  return page === "voicemails" ? <VoicemailsPage /> : page === "missed" ? <MissedPage /> : <PromisedPage />;
}

async function opened(hash: string) {
  window.location.hash = hash;
  await renderDesk(
    <>
      <Shown />
      <NoticeList />
    </>,
  );
  const page = screen.getByTestId(/^(promised|voicemails|missed)$/);
  await waitFor(() => expect(page.dataset.status).not.toBe("loading"));
  await waitFor(() => expect(rows().length + screen.queryAllByTestId("none").length).toBeGreaterThan(0));
}

const rows = () => screen.queryAllByTestId(/^(promised|ended|voicemail|missed)-row$/);
const texts = () => rows().map(({ textContent }) => textContent ?? "");
const press = (name: string | RegExp) => userEvent.click(screen.getByRole("button", { name }));
const choose = (label: string, option: string) =>
  userEvent.selectOptions(screen.getByRole("combobox", { name: label }), option);
const asked = () => server.worklists.asked;

describe("callbacks of a company", () => {
  it("tell whose they are, where they stand, and offer what can still be done", async () => {
    await opened("#promised");
    await waitFor(() => expect(texts()[1]).toMatch(/Baggage and claims.*Planned.*You/));
    expect(texts()[0]).toMatch(/Bookings.*In line.*anybody/);
    expect(within(rows()[0] as HTMLElement).queryByRole("button", { name: /^Ring / })).toBeNull();
    expect(within(rows()[1] as HTMLElement).getAllByRole("button")).toHaveLength(3);
    const buttons = within(rows()[2] as HTMLElement).getAllByRole("button");
    expect(buttons.map((one) => one.getAttribute("aria-label"))).toEqual([expect.stringMatching(/^Cancel /)]);
  });

  it("come page by page", async () => {
    await opened("#promised");
    expect(rows()).toHaveLength(4);
    await press("Show more");
    await waitFor(() => expect(rows()).toHaveLength(5));
    expect(texts()[4]).toContain("1no answer");
    expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
  });

  it("are chosen by state, queue and owner, in the address", async () => {
    await opened("#promised");
    await choose("State", "Planned");
    await waitFor(() => expect(rows()).toHaveLength(1));
    await choose("Whose", "Ana-Lucía Fernández");
    await screen.findByText("Nothing matches what you chose.");
    expect(window.location.hash).toBe("#promised?state=scheduled&agent=a1");
    await press("Show all");
    await waitFor(() => expect(rows()).toHaveLength(4));
  });

  it("are rung now by a press, which is said", async () => {
    await opened("#promised?state=scheduled");
    await press(/^Ring .* now$/);
    expect(await screen.findByText(/is rung as soon as possible/)).toBeTruthy();
    expect(asked()).toEqual(['PATCH /v1/callbacks/b2 {"due":null}']);
  });

  it("are moved by what was read of them", async () => {
    await opened("#promised?state=scheduled");
    await press(/^Move the callback/);
    const dialog = within(await screen.findByRole("dialog"));
    expect(dialog.getByRole("button", { name: "Move" })).toHaveProperty("disabled", true);
    await userEvent.selectOptions(dialog.getByLabelText("Queue"), "Bookings");
    await userEvent.selectOptions(dialog.getByLabelText("Whose"), "Ana-Lucía Fernández");
    await userEvent.click(dialog.getByRole("button", { name: "Move" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(asked()).toEqual(['PATCH /v1/callbacks/b2 {"queue_id":"q1","agent_id":"a1"}']);
  });

  it("are not written over where something happened to them meanwhile", async () => {
    await opened("#promised?state=scheduled");
    server.worklists.overtaken = true;
    await press(/^Move the callback/);
    const dialog = within(await screen.findByRole("dialog"));
    await userEvent.selectOptions(dialog.getByLabelText("Queue"), "Bookings");
    await userEvent.click(dialog.getByRole("button", { name: "Move" }));
    expect(await screen.findByTestId("notice")).toHaveProperty("textContent", expect.stringMatching(/meanwhile/));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("are taken back with a reason", async () => {
    await opened("#promised?state=scheduled");
    await press(/^Cancel the callback/);
    await userEvent.selectOptions(await screen.findByLabelText("Why is it taken back?"), "Promised twice");
    await press("Take it back");
    await screen.findByText(/was taken back/);
    expect(asked()).toEqual(["DELETE /v1/callbacks/b2?reason=duplicate"]);
    expect(await screen.findByText("Nothing matches what you chose.")).toBeTruthy();
  });

  it("that are done tell what came of them", async () => {
    await opened("#promised?state=ended");
    await waitFor(() => expect(texts()[1]).toMatch(/Taken back.*Settled in another way.*Ana-Lucía Fernández/));
    expect(texts()[2]).toMatch(/Not reached.*no answer/);
    await choose("What came of it", "Lapsed");
    await waitFor(() => expect(texts()).toEqual([expect.stringMatching(/Number erased.*Lapsed/)]));
  });

  it("can be promised from an empty list", async () => {
    server.worklists.callbacks = [];
    await opened("#promised");
    await press("Promise one");
    await userEvent.type(await screen.findByLabelText("Telephone number"), "+442079460077");
    await press("Promise");
    await screen.findByText(/is promised\.$/);
    expect(asked()[0]).toContain('"number":"+442079460077"');
  });
});

describe("the lists of a provider's people", () => {
  beforeEach(() => {
    server.supervision.provider = true;
  });

  it("hold clients' too, each with its name, and act under the grant there", async () => {
    await opened("#promised");
    await waitFor(() => expect(texts().at(-1)).toMatch(/Contoso Insurance/));
    expect(texts()[0]).toContain(SESSION.tenant.name);
    await userEvent.click(within(rows().at(-1) as HTMLElement).getByRole("button", { name: /^Cancel/ }));
    await press("Take it back");
    await waitFor(() => expect(asked()).toEqual(["DELETE /v1/callbacks/t3-b1?reason=customer_asked in t3"]));
  });

  it("are one company's by the choice", async () => {
    await opened("#promised");
    expect(screen.getByRole("combobox", { name: "Company" }).textContent).not.toContain("Alpine Rail");
    await choose("Company", "Contoso Insurance");
    await waitFor(() => expect(rows()).toHaveLength(1));
    go("promised", { client: SESSION.tenant.id });
    await waitFor(() => expect(rows()).toHaveLength(4));
  });

  it("stay where one client answers no more, and say so where none does", () => {
    const company = (id: string) => ({ id, name: id, client: id });
    const good = { data: { items: [{ id: "1" }], next_cursor: "c" }, response: new Response() };
    const told = together([
      { company: company("a"), told: good },
      { company: company("b"), told: { response: new Response(null, { status: 403 }) } },
    ]);
    expect(told).toEqual({ items: [{ id: "1", company: company("a") }], next: new Map([["a", "c"]]) });
    const refusal = { company: company("a"), told: { response: new Response(null, { status: 404 }) } };
    expect(together([refusal])).toBe("refused");
    expect(together([refusal, { company: company("b"), told: null }])).toBeNull();
  });
});

describe("messages of a company", () => {
  it("are given to an agent, and heard", async () => {
    await opened("#voicemails");
    expect(texts()[0]).toMatch(/Bookings.*0:48NewOverdueanybody/);
    await userEvent.click(within(rows()[0] as HTMLElement).getByRole("button", { name: /^Give the message/ }));
    const dialog = within(await screen.findByRole("dialog"));
    await userEvent.selectOptions(dialog.getByLabelText("Whose"), "Ana-Lucía Fernández");
    await userEvent.click(dialog.getByRole("button", { name: "Give" }));
    await screen.findByText(/was given to others/);
    expect(asked()).toEqual(['PATCH /v1/voicemails/m1 {"queue_id":"q1","owner_id":"a1"}']);
    await userEvent.click(within(rows()[0] as HTMLElement).getByRole("button", { name: /^Play/ }));
    expect(screen.getByTestId("recording-audio").getAttribute("src")).toBe("/v1/voicemails/m1/audio");
  });

  it("are erased by who may, who is asked twice", async () => {
    await opened("#voicemails");
    await userEvent.click(await within(rows()[0] as HTMLElement).findByRole("button", { name: /^Erase/ }));
    await press("Erase");
    await screen.findByText(/is erased\.$/);
    expect([asked(), rows().length]).toEqual([["DELETE /v1/voicemails/m1"], 3]);
    cleanup();
    server.supervision.mayChange = false;
    await opened("#voicemails");
    expect(screen.queryByRole("button", { name: /^Erase/ })).toBeNull();
  });

  it("are done with a note by who has them", async () => {
    await opened("#voicemails?state=taken");
    await press(/^Finish the message/);
    await userEvent.type(await screen.findByLabelText("What came of it (optional)"), " Rang back. ");
    await press("Done");
    await screen.findByText(/is done\.$/);
    expect(asked()).toEqual(['POST /v1/voicemails/m2/finish {"disposition":"","note":"Rang back."}']);
  });
});

describe("missed calls of a company", () => {
  it("tell how often and how long, and lead to a callback in their queue", async () => {
    await opened("#missed");
    expect(texts()[0]).toMatch(/Bookings.*33:050/);
    await userEvent.click(within(rows()[0] as HTMLElement).getByRole("button", { name: /^Promise a callback/ }));
    await screen.findByText(/is promised\.$/);
    expect(asked()[0]).toMatch(/^POST \/v1\/callbacks .*"queue_id":"q1","number":"\+442079460077"/);
  });
});
