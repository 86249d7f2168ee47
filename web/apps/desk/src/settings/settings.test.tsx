import { act, cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { renderDesk } from "../../dev/render.tsx";
import { FIRST_RULES, ScriptedSupervision } from "../../dev/supervision.ts";
import { api } from "../app/api.ts";
import { go, goAtOnce } from "../app/route.ts";
import { CallbackSettingsPage } from "./CallbackSettingsPage.tsx";

const server = new ScriptedSupervision();

interface Options {
  readonly params?: { readonly path?: { readonly id: string }; readonly header?: Record<string, string> };
  readonly body?: unknown;
}

/** The scripted server's answers, without a wire. */
function answering(method: "GET" | "PATCH"): void {
  vi.spyOn(api, method).mockImplementation((async (path: string, options: Options = {}) => {
    const headers = { "if-match": options.params?.header?.["If-Match"] };
    const at = path.replace("{id}", options.params?.path?.id ?? "");
    const reply = server.answer(method, at, JSON.stringify(options.body ?? null), headers);
    const { status = 404, body, headers: told = {} } = reply ?? {};
    const response = new Response(null, { status, headers: told });
    return status < 300 ? { data: body, response } : { error: body, response };
  }) as never);
}

beforeEach(() => {
  server.reset();
  window.location.hash = "#callbacks?queue=q1";
  answering("GET");
  answering("PATCH");
});
afterEach(async () => {
  cleanup();
  window.location.hash = "";
});

async function opened() {
  await renderDesk(<CallbackSettingsPage />);
  return screen.findByLabelText("Attempts");
}

async function write(label: string, text: string): Promise<void> {
  await userEvent.clear(screen.getByLabelText(label));
  await userEvent.type(screen.getByLabelText(label), text);
}

const press = (name: string) => userEvent.click(screen.getByRole("button", { name }));

describe("the callback settings", () => {
  it("are shown as they are, with nothing to save", async () => {
    expect(((await opened()) as HTMLInputElement).value).toBe("3");
    expect((screen.getByLabelText("Hours") as HTMLSelectElement).value).toBe("callbacks");
    expect(screen.getByRole("button", { name: "Save" })).toHaveProperty("disabled", true);
  });

  it("are saved, and say so", async () => {
    await opened();
    await write("Attempts", "5");
    expect(screen.getByText("Not saved yet")).toBeTruthy();
    await userEvent.selectOptions(screen.getByLabelText("Hours"), "office");
    await userEvent.click(screen.getByLabelText("Always the same"));
    await write("Length of the pause", "2");
    await userEvent.selectOptions(screen.getByLabelText("Unit of: Length of the pause"), "hours");
    await press("Save");
    expect(await screen.findByText("Saved. It counts from the next attempt on.")).toBeTruthy();
    expect(server.rules).toMatchObject({ attempts: 5, calendar: "office", pause_seconds: 7_200, ring_seconds: 30 });
    expect(screen.getByRole("button", { name: "Save" })).toHaveProperty("disabled", true);
  });

  it("ask how long a customer waits, who is rung first, and nobody else", async () => {
    await opened();
    expect(screen.queryByLabelText("Let the customer wait for")).toBeNull();
    await userEvent.click(screen.getByLabelText(/^The customer:/));
    await write("Let the customer wait for", "14");
    await press("Save");
    expect(screen.getByText("Write a number of seconds from 15 to 900.")).toBeTruthy();
    await write("Let the customer wait for", "120");
    await userEvent.click(screen.getByLabelText("Hang up at once"));
    await press("Save");
    const rules = { ...FIRST_RULES, first: "customer", patience_seconds: 120, answering_machines: "hang_up" };
    await waitFor(() => expect(server.rules).toEqual(rules));
  });

  it("say what is wrong beside the field, and lead there", async () => {
    await opened();
    await write("Attempts", "11");
    await press("Save");
    expect(screen.getByText("Write a whole number from 1 to 10.")).toBeTruthy();
    const field = screen.getByLabelText("Attempts");
    expect([field.getAttribute("aria-invalid"), document.activeElement === field]).toEqual(["true", true]);
    expect(server.asked).toEqual([]);
    await write("Attempts", "4");
    expect(screen.queryByText("Write a whole number from 1 to 10.")).toBeNull();
  });

  it("warn of a calendar that is not there", async () => {
    server.calendars = ["office"];
    await opened();
    expect(await screen.findByText(/There is no calendar of this name/)).toBeTruthy();
    await userEvent.selectOptions(screen.getByLabelText("Hours"), "office");
    expect(screen.queryByText(/There is no calendar of this name/)).toBeNull();
  });

  it("are not written over what somebody else saved; what was typed stays", async () => {
    await opened();
    server.revision = 7;
    server.rules = { ...server.rules, ring_seconds: 50 };
    await write("Attempts", "5");
    await press("Save");
    expect(await screen.findByText(/Somebody else changed this queue meanwhile/)).toBeTruthy();
    await press("Read it again");
    await press("Save");
    await waitFor(() => expect(server.rules).toMatchObject({ attempts: 5, ring_seconds: 50 }));
  });

  it("are only shown to who may not change them", async () => {
    server.mayChange = false;
    server.rules = { ...server.rules, first: "customer", patience_seconds: 120 };
    await renderDesk(<CallbackSettingsPage />);
    const shown = (await screen.findByTestId("rules-shown")).textContent;
    expect(shown).toContain("Rung firstThe customerLet the customer wait for120 seconds");
    expect(shown).toContain("Who asked instead of waiting1 day");
    expect(screen.queryByRole("button", { name: "Save" })).toBeNull();
  });
});

const leaving = () => act(async () => go("board"));

describe("what is not saved", () => {
  it("is not lost by going elsewhere without a word", async () => {
    await opened();
    await write("Attempts", "5");
    await leaving();
    await userEvent.click(await screen.findByRole("button", { name: "Stay here" }));
    expect([window.location.hash, (screen.getByLabelText("Attempts") as HTMLInputElement).value]).toEqual([
      "#callbacks?queue=q1",
      "5",
    ]);
    await leaving();
    await userEvent.click(await screen.findByRole("button", { name: "Leave without saving" }));
    expect(window.location.hash).toBe("#board");
  });

  it("is there again after a call", async () => {
    await opened();
    await write("Attempts", "6");
    await act(async () => goAtOnce("desk"));
    cleanup();
    window.location.hash = "#callbacks?queue=q1";
    expect(((await opened()) as HTMLInputElement).value).toBe("6");
    expect(screen.getByText(/your changes are still here/)).toBeTruthy();
    await press("Undo my changes");
    expect((screen.getByLabelText("Attempts") as HTMLInputElement).value).toBe("3");
  });
});
