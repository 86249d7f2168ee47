import { step } from "@cordboard/softphone";
import { describe, expect, it } from "vitest";
import { LINK, LINK_STATUSES, type LinkInput } from "./link-machine.ts";

const INPUTS: readonly LinkInput[] = [
  "open",
  "opened",
  "heard",
  "lost",
  "retry_due",
  "taken_over",
  "session_ended",
  "refused",
  "silent",
  "close",
];

describe("every pair of status and input", () => {
  it.each(LINK_STATUSES.flatMap((status) => INPUTS.map((input) => [status, input] as const)))(
    "%s + %s",
    (status, input) => {
      const { to, effects } = step(LINK, status, input);
      expect(LINK_STATUSES).toContain(to);
      if (LINK[status][input] === undefined) expect({ to, effects }).toEqual({ to: status, effects: [] });
    },
  );

  it("announces the loss exactly when it was online before", () => {
    for (const status of LINK_STATUSES) {
      for (const input of INPUTS) {
        const { to, effects } = step(LINK, status, input);
        expect(effects.includes("announce_down"), `${status} + ${input}`).toBe(status === "online" && to !== "online");
      }
    }
  });

  it("connects only from where no socket is", () => {
    for (const status of ["connecting", "greeting", "online"] as const) {
      for (const input of INPUTS) expect(step(LINK, status, input).effects).not.toContain("connect");
    }
  });
});
