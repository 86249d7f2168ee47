import { describe, expect, it } from "vitest";
import { carriesSound, LEG, LEG_STATES, type LegInput, type LegState } from "./leg-machine.ts";
import { step } from "./machine.ts";

const INPUTS: readonly LegInput[] = [
  "begin",
  "link_up",
  "link_down",
  "answered",
  "leg_ready",
  "leg_gone",
  "leg_taken",
  "leg_closed",
  "refused",
  "negotiation_failed",
  "peer_lost",
  "peer_connected",
  "stalled",
  "retry_due",
  "end",
];

function run(inputs: readonly LegInput[], from: LegState = "none"): LegState {
  return inputs.reduce((state, input) => step(LEG, state, input).to, from);
}

/** Reproducible: the same seed, the same day at the desk. */
function* chance(seed: number): Generator<number> {
  let value = seed;
  for (;;) {
    value = (value * 1103515245 + 12345) % 2147483648;
    yield value / 2147483648;
  }
}

describe("every pair of state and input", () => {
  it.each(LEG_STATES.flatMap((state) => INPUTS.map((input) => [state, input] as const)))("%s + %s", (state, input) => {
    const { to, effects } = step(LEG, state, input);
    expect(LEG_STATES).toContain(to);
    if (LEG[state][input] === undefined) expect({ to, effects }).toEqual({ to: state, effects: [] });
  });

  it("ends from every state", () => {
    for (const state of LEG_STATES) expect(run(["end"], state)).toBe("closed");
  });

  it("lets go of the connection whenever sound can no longer pass", () => {
    for (const state of LEG_STATES.filter(carriesSound)) {
      for (const input of INPUTS) {
        const { to, effects } = step(LEG, state, input);
        if (!carriesSound(to))
          expect(effects.some((effect) => effect === "drop_peer" || effect === "make_offer")).toBe(true);
      }
    }
  });
});

describe("a day of random inputs", () => {
  it("always finds back to sound when the world is well again", () => {
    const random = chance(7);
    for (let day = 0; day < 300; day++) {
      const inputs = Array.from({ length: 40 }, () => INPUTS[Math.floor((random.next().value ?? 0) * INPUTS.length)]);
      const tired = run(inputs.filter((input) => input !== undefined));
      const healed = run(["begin", "link_down", "retry_due", "link_up", "answered", "leg_ready"], tired);
      const again = run(["leg_gone", "answered", "leg_ready"], healed);
      expect(carriesSound(again), `${inputs.join(" ")} -> ${tired}`).toBe(true);
    }
  });
});

describe("the leg outlives the signalling connection", () => {
  it("keeps the sound when the link goes down", () => {
    const { to, effects } = step(LEG, "ready", "link_down");
    expect({ to, effects }).toEqual({ to: "ready", effects: [] });
  });

  it("asks before it makes a new offer when the link is back", () => {
    expect(step(LEG, "ready", "link_up").effects).toContain("send_resume");
    expect(run(["link_down", "link_up", "leg_ready"], "ready")).toBe("ready");
  });

  it("makes a new offer when the gateway has forgotten it", () => {
    expect(step(LEG, "resuming", "leg_gone").effects).toContain("make_offer");
  });
});
