import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SESSION } from "../../dev/scene.ts";
import { startI18n } from "../i18n/i18n.ts";
import { api } from "./api.ts";
import { LoginPage } from "./LoginPage.tsx";
import { SessionKeeper } from "./session.ts";

function answer(status: number, body: object) {
  const response = new Response(null, { status });
  return status === 200 ? { data: body, response } : { error: body, response };
}

async function logIn(): Promise<void> {
  await userEvent.type(screen.getByLabelText("E-mail"), " maya@example.org ");
  await userEvent.type(screen.getByLabelText("Password"), "correct horse");
  await userEvent.click(screen.getByRole("button", { name: "Log in" }));
}

let keeper: SessionKeeper;

beforeEach(async () => {
  await startI18n(["en"]);
  keeper = new SessionKeeper();
  render(<LoginPage keeper={keeper} ended={false} />);
});
afterEach(cleanup);

describe("the log-in page", () => {
  it("opens the session", async () => {
    const post = vi.spyOn(api, "POST").mockResolvedValue(answer(200, SESSION) as never);
    await logIn();
    expect(keeper.store.get()).toMatchObject({ status: "present", session: SESSION });
    expect(post).toHaveBeenCalledWith("/v1/session", {
      body: { email: "maya@example.org", password: "correct horse" },
    });
  });

  it("says that e-mail or password is wrong, without saying which", async () => {
    vi.spyOn(api, "POST").mockResolvedValue(answer(401, { code: "wrong_credentials" }) as never);
    await logIn();
    expect(screen.getByText("The e-mail address or the password is wrong.")).toBeTruthy();
    expect(keeper.store.get().status).not.toBe("present");
  });

  it("tells a dead server from a wrong password", async () => {
    vi.spyOn(api, "POST").mockRejectedValue(new TypeError("failed to fetch"));
    await logIn();
    expect(screen.getByText(/server does not answer/)).toBeTruthy();
  });
});

describe("a session that is over", () => {
  it("is noticed when the connection cannot be made again", async () => {
    vi.spyOn(api, "GET").mockResolvedValue(answer(401, {}) as never);
    await keeper.confirm();
    expect(keeper.store.get()).toMatchObject({ status: "anonymous", ended: true });
  });

  it("is not confused with a server that is away", async () => {
    vi.spyOn(api, "GET").mockRejectedValue(new TypeError("failed to fetch"));
    await keeper.confirm();
    expect(keeper.store.get().ended).toBe(false);
  });
});
