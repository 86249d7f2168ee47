import { describe, expect, it } from "vitest";
import { step } from "./machine.ts";
import { MICROPHONE, MICROPHONE_STATES, type MicrophoneInput } from "./microphone-machine.ts";

const INPUTS: readonly MicrophoneInput[] = ["open", "granted", "denied", "lost", "devices_changed", "close"];

describe("every pair of state and input", () => {
  it.each(MICROPHONE_STATES.flatMap((state) => INPUTS.map((input) => [state, input] as const)))(
    "%s + %s",
    (state, input) => {
      const { to, effects } = step(MICROPHONE, state, input);
      expect(MICROPHONE_STATES).toContain(to);
      if (MICROPHONE[state][input] === undefined) expect({ to, effects }).toEqual({ to: state, effects: [] });
    },
  );

  it("asks for another device when the one in use vanishes", () => {
    expect(step(MICROPHONE, "open", "lost")).toEqual({ to: "opening", effects: ["detach", "request"] });
  });

  it("lets go of the device when closed, whatever was going on", () => {
    for (const state of MICROPHONE_STATES) expect(step(MICROPHONE, state, "close").to).toBe("closed");
  });
});
