import { describe, expect, it } from "vitest";
import { CALL, firstState } from "../../dev/scene.ts";
import type { DeskState, Offer } from "../link/protocol.ts";
import { presenceOf, stageOf } from "./presence.ts";

const UP = { microphone: "open", microphoneMuted: false, leg: "ready" } as const;
const OFFER = { id: "o" } as Offer;

function state(me: Partial<DeskState["me"]>, rest: Partial<DeskState> = {}): DeskState {
  const first = firstState();
  return { ...first, ...rest, me: { ...first.me, ...me } };
}

describe("presenceOf", () => {
  it("shows a held call apart, counted from the hold", () => {
    const since = "2026-03-01T12:03:00Z";
    const { me } = state({ state: "connected" });
    expect(presenceOf(me, { ...CALL, state: "held", held_since: since })).toEqual({
      word: "held",
      tone: "hold",
      since,
    });
  });

  it("shows dialling until the other side answers", () => {
    const { me } = state({ state: "connected" });
    expect(presenceOf(me, { ...CALL, state: "ringing" }).word).toBe("dialing");
    expect(presenceOf(me, CALL).word).toBe("connected");
  });
});

describe("stageOf", () => {
  it("asks for the microphone first", () => {
    expect(
      stageOf(state({ state: "not_ready" }), { microphone: "closed", microphoneMuted: false, leg: "none" }, false),
    ).toBe("microphone");
  });

  it("waits for the voice line", () => {
    expect(
      stageOf(state({ state: "not_ready" }), { microphone: "open", microphoneMuted: false, leg: "offering" }, false),
    ).toBe("voice");
  });

  it("keeps the call on stage whatever happens to microphone and line", () => {
    const talking = state({ state: "connected" }, { call: CALL });
    expect(stageOf(talking, { microphone: "failed", microphoneMuted: false, leg: "retrying" }, false)).toBe("call");
  });

  it("rings, talks, wraps up", () => {
    expect(stageOf(state({ state: "offered" }, { offer: OFFER }), UP, false)).toBe("ring");
    expect(stageOf(state({ state: "connected" }, { call: CALL }), UP, false)).toBe("call");
    expect(stageOf(state({ state: "wrap_up" }, { call: { ...CALL, state: "ended" } }), UP, false)).toBe("wrap_up");
    expect(stageOf(state({ state: "available" }), UP, false)).toBe("idle");
  });

  it("asks an observer for nothing", () => {
    expect(
      stageOf(state({ state: "logged_out" }), { microphone: "closed", microphoneMuted: false, leg: "none" }, true),
    ).toBe("observer");
  });
});
