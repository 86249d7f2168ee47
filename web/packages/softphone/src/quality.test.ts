import { describe, expect, it } from "vitest";
import { gradeOf, meanOpinionScore, type QualitySample, QualityWindow, report } from "./quality.ts";

const IDLE: QualitySample = {
  lossReceiving: null,
  lossSending: null,
  jitterMs: null,
  bufferMs: null,
  roundTripMs: null,
};

describe("meanOpinionScore", () => {
  it("gives G.711 on a good line its 4.4", () => {
    expect(meanOpinionScore(0, 20)).toBeCloseTo(4.4, 1);
  });

  it("falls with loss and with delay", () => {
    expect(meanOpinionScore(0.05, 20)).toBeLessThan(meanOpinionScore(0.01, 20));
    expect(meanOpinionScore(0, 400)).toBeLessThan(meanOpinionScore(0, 150));
  });

  it("stays within the scale at its worst", () => {
    expect(meanOpinionScore(1, 2000)).toBeGreaterThanOrEqual(1);
  });
});

describe("report", () => {
  it("knows nothing without packets and without a round trip", () => {
    expect(report(IDLE)).toMatchObject({ grade: "unknown", mos: null });
  });

  it("grades an idle leg by its round trip", () => {
    expect(report({ ...IDLE, roundTripMs: 30 }).grade).toBe("good");
    expect(report({ ...IDLE, roundTripMs: 900 }).grade).toBe("poor");
  });

  it("lets the worse direction decide", () => {
    expect(report({ ...IDLE, lossReceiving: 0, lossSending: 0.12, roundTripMs: 20 }).grade).toBe("poor");
  });
});

describe("gradeOf", () => {
  it("calls satisfied users good and dissatisfied ones poor", () => {
    expect([gradeOf(4.2), gradeOf(3.8), gradeOf(3.0)]).toEqual(["good", "fair", "poor"]);
  });
});

describe("QualityWindow", () => {
  it("does not flicker for one bad second, and does not hide five", () => {
    const window = new QualityWindow();
    const good = { ...IDLE, lossReceiving: 0, roundTripMs: 20 };
    const bad = { ...good, lossReceiving: 0.2 };
    for (let second = 0; second < 5; second++) window.add(good);
    expect(window.add(bad).grade).not.toBe("poor");
    for (let second = 0; second < 4; second++) window.add(bad);
    expect(window.add(bad).grade).toBe("poor");
  });
});
