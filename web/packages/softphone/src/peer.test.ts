import { describe, expect, it } from "vitest";
import { levelOf } from "./level.ts";
import { preferTrunkCodecs } from "./peer.ts";

describe("preferTrunkCodecs", () => {
  it("puts the codecs of trunks first and keeps the order of the rest", () => {
    const codecs = ["audio/opus", "audio/G722", "audio/PCMA", "audio/PCMU", "audio/CN", "audio/telephone-event"];
    const sorted = preferTrunkCodecs(codecs.map((mimeType) => ({ mimeType, clockRate: 8000 })));
    expect(sorted.map(({ mimeType }) => mimeType.slice(6))).toEqual([
      "PCMU",
      "PCMA",
      "opus",
      "G722",
      "CN",
      "telephone-event",
    ]);
  });
});

describe("levelOf", () => {
  it("is 0 for silence, 1 for a shout, between for speech", () => {
    expect(levelOf(new Float32Array(256))).toBe(0);
    expect(levelOf(new Float32Array(256).fill(0.9))).toBe(1);
    expect(levelOf(new Float32Array(256).fill(0.03))).toBeGreaterThan(0.4);
  });
});
