import { cleanup, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { renderDesk } from "../../dev/render.tsx";
import type { TrunkState } from "../app/api.ts";
import { TrunkStanding } from "./TrunkStanding.tsx";

const STATE: TrunkState = {
  gateway: "gateway",
  health: "up",
  registration: "none",
  status: 200,
  since: "2026-03-02T09:00:00Z",
  reason: null,
  reason_since: null,
};
const broken = (reason: TrunkState["reason"], status = 503): TrunkState => ({
  ...STATE,
  health: "down",
  status,
  reason,
  reason_since: "2026-03-02T09:41:00Z",
});

async function told(...states: TrunkState[]): Promise<string> {
  await renderDesk(<TrunkStanding states={states} />);
  return document.body.textContent ?? "";
}

afterEach(cleanup);

describe("a trunk's standing", () => {
  it("says what is wrong, since when, and what to do", async () => {
    const words = await told(broken("certificate_expired"));
    expect(words).toMatch(/^Its certificate has ended, since .*2 Mar.*:41.*Ask the carrier to renew it\.$/);
    expect(screen.getByTestId("trunk-standing").dataset.reason).toBe("certificate_expired");
  });

  it("says what the carrier answered", async () => {
    expect(await told(broken("credentials_refused", 403))).toContain("The carrier answered 403. Check user name");
  });

  it("is told for each gateway where there are several", async () => {
    const words = await told(STATE, { ...broken("unreachable"), gateway: "second" });
    expect(words).toMatch(/^Gateway gatewayThe carrier answers\.Gateway secondIt cannot be reached, since/);
  });

  it.each<[Partial<TrunkState>, string]>([
    [{}, "The carrier answers."],
    [{ health: "unknown", registration: "registered" }, "The carrier knows where we are."],
    [{ health: "unknown", registration: "waiting" }, "It is not registered."],
    [{ health: "unknown", registration: "trying" }, "It is not known yet whether the carrier answers."],
  ])("without trouble is %j", async (found, words) => {
    expect(await told({ ...STATE, ...found })).toBe(words);
  });

  it("is unknown where nobody asks", async () => {
    expect(await told()).toContain("neither health checks nor a registration");
  });
});
