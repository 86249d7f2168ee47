import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SESSION } from "../../dev/scene.ts";
import { ENROLMENT, RECOVERY } from "../../dev/security.ts";
import { startI18n } from "../i18n/i18n.ts";
import { api } from "./api.ts";
import { LoginPage } from "./LoginPage.tsx";
import { SessionKeeper } from "./session.ts";

type Answers = Record<string, () => { status: number; body: object }>;

/** Answers by path; what was asked is kept. */
function serve(answers: Answers): { path: string; body: unknown }[] {
  const asked: { path: string; body: unknown }[] = [];
  vi.spyOn(api, "POST").mockImplementation((async (path: string, init: { body: unknown }) => {
    asked.push({ path, body: init.body });
    const { status, body } = answers[path]?.() ?? { status: 404, body: {} };
    const response = new Response(null, { status });
    return status === 200 ? { data: body, response } : { error: body, response };
  }) as never);
  return asked;
}

const refuse = (code: string, more: object = {}) => ({ status: 401, body: { code, ...more } });
const needsCode = () => refuse("second_factor_required", { ticket: "t1" });

async function logIn(email = "maya@example.org"): Promise<void> {
  await userEvent.type(screen.getByLabelText("E-mail"), email);
  await userEvent.type(screen.getByLabelText("Password"), "correct horse");
  await userEvent.click(screen.getByRole("button", { name: "Log in" }));
}

let keeper: SessionKeeper;

async function show(): Promise<void> {
  await startI18n(["en"]);
  keeper = new SessionKeeper();
  render(<LoginPage keeper={keeper} ended={false} />);
}

beforeEach(() => {
  vi.spyOn(api, "GET").mockResolvedValue({ data: { providers: [] }, response: new Response() } as never);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  window.history.replaceState(null, "", "/");
});

describe("the second step", () => {
  beforeEach(show);

  it("asks for the code that the browser may fill in, and opens the session with it", async () => {
    const asked = serve({
      "/v1/session": needsCode,
      "/v1/session/second-factor": () => ({ status: 200, body: { ...SESSION, recovery_codes: [] } }),
    });
    await logIn();
    const field = screen.getByLabelText("Code");
    expect(field.getAttribute("autocomplete")).toBe("one-time-code");
    expect(field.getAttribute("inputmode")).toBe("numeric");
    expect(document.activeElement).toBe(field);
    await userEvent.click(field);
    await userEvent.paste("123 456");
    await userEvent.click(screen.getByRole("button", { name: "Continue" }));
    expect(asked.at(-1)?.body).toEqual({ ticket: "t1", code: "123 456" });
    expect(keeper.store.get().status).toBe("present");
  });

  it("takes a recovery code instead", async () => {
    const asked = serve({ "/v1/session": needsCode });
    await logIn();
    await userEvent.click(screen.getByRole("button", { name: "Use a recovery code" }));
    await userEvent.type(screen.getByLabelText("Recovery code"), "k7m2p-x9qwe");
    await userEvent.click(screen.getByRole("button", { name: "Continue" }));
    expect(asked.at(-1)?.body).toEqual({ ticket: "t1", recovery_code: "k7m2p-x9qwe" });
  });

  it("says that a code is wrong and stays", async () => {
    serve({ "/v1/session": needsCode, "/v1/session/second-factor": () => refuse("wrong_code") });
    await logIn();
    await userEvent.type(screen.getByLabelText("Code"), "000000{Enter}");
    expect(screen.getByRole("alert").textContent).toContain("wrong, too old, or was used");
    expect(screen.getByLabelText("Code")).toBeTruthy();
  });

  it("begins anew when it took too long", async () => {
    serve({ "/v1/session": needsCode, "/v1/session/second-factor": () => refuse("ticket_ended") });
    await logIn();
    await userEvent.type(screen.getByLabelText("Code"), "123456{Enter}");
    expect(screen.getByRole("alert").textContent).toBe("That took too long. Log in again.");
    expect(screen.getByLabelText("Password")).toBeTruthy();
  });

  it("sets up an authenticator where the tenant asks for one, and shows the recovery codes before the desk", async () => {
    serve({
      "/v1/session": () => refuse("second_factor_enrolment_required", { ticket: "t2" }),
      "/v1/session/enrolment": () => ({ status: 200, body: ENROLMENT }),
      "/v1/session/second-factor": () => ({ status: 200, body: { ...SESSION, recovery_codes: RECOVERY } }),
    });
    await logIn();
    expect((await screen.findByRole("img", { name: /QR code/ })).getAttribute("src")).toContain("data:image/svg+xml");
    expect(screen.getByText("JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP")).toBeTruthy();
    await userEvent.type(screen.getByLabelText("Code"), "123456{Enter}");
    for (const code of RECOVERY) expect(screen.getByText(code)).toBeTruthy();
    expect(keeper.store.get().status).not.toBe("present");
    await userEvent.click(screen.getByRole("button", { name: "I have kept them" }));
    expect(keeper.store.get()).toMatchObject({ status: "present" });
  });
});

describe("single sign-on", () => {
  it("is offered to people of a domain that has one, and only the domain is told", async () => {
    const providers = [{ id: "i1", name: "Northwind ID", start: "/v1/sign-on/i1/start" }];
    const get = vi.spyOn(api, "GET").mockResolvedValue({ data: { providers }, response: new Response() } as never);
    await show();
    await userEvent.type(screen.getByLabelText("E-mail"), "maya@sso.example");
    const link = await screen.findByRole("link", { name: "Sign in with Northwind ID" });
    expect(link.getAttribute("href")).toBe("/v1/sign-on/i1/start");
    expect(get).toHaveBeenLastCalledWith("/v1/sign-on", { params: { query: { email: "@sso.example" } } });
  });

  it("says why it did not work, and forgets it with the next page", async () => {
    window.history.replaceState(null, "", "/?problem=sign_on_unknown");
    await show();
    expect(screen.getByRole("alert").textContent).toContain("not known here");
    expect(window.location.search).toBe("");
  });
});

describe("other refusals", () => {
  beforeEach(show);

  it.each([
    ["client_closed", "closed"],
    ["sign_on_required", "single sign-on"],
    ["too_many_attempts", "Too many wrong passwords"],
  ])("%s is told in words", async (code, words) => {
    serve({ "/v1/session": () => ({ status: 403, body: { code, detail: "x" } }) });
    await logIn();
    expect(screen.getByRole("alert").textContent).toContain(words);
  });

  it("shows what the server says where the page has no words of its own", async () => {
    serve({
      "/v1/session": () => ({ status: 403, body: { code: "tenant_suspended", detail: "Ask billing@x.example." } }),
    });
    await logIn();
    expect(screen.getByRole("alert").textContent).toBe("Ask billing@x.example.");
  });
});
