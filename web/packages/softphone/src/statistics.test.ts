import { describe, expect, it } from "vitest";
import { StatisticsReader } from "./statistics.ts";

function reading(received: number, lost: number, extra: object = {}) {
  return [
    { type: "inbound-rtp", packetsReceived: received, packetsLost: lost, jitter: 0.004, ...extra },
    { type: "candidate-pair", nominated: true, state: "succeeded", currentRoundTripTime: 0.03 },
    { type: "candidate-pair", nominated: false, state: "succeeded", currentRoundTripTime: 9 },
  ];
}

describe("StatisticsReader", () => {
  it("tells the loss of the last interval, not of the whole call", () => {
    const reader = new StatisticsReader();
    reader.next(reading(1000, 500));
    expect(reader.next(reading(1045, 505)).lossReceiving).toBeCloseTo(0.1);
  });

  it("says nothing about loss while no packets flow, but knows the round trip", () => {
    const reader = new StatisticsReader();
    reader.next(reading(100, 0));
    expect(reader.next(reading(100, 0))).toMatchObject({ lossReceiving: null, jitterMs: null, roundTripMs: 30 });
  });

  it("begins anew when the counters do", () => {
    const reader = new StatisticsReader();
    reader.next(reading(1000, 100));
    expect(reader.next(reading(50, 0)).lossReceiving).toBe(0);
  });

  it("means the buffer's delay over the interval", () => {
    const reader = new StatisticsReader();
    reader.next(reading(50, 0, { jitterBufferDelay: 100, jitterBufferEmittedCount: 1000 }));
    const sample = reader.next(reading(100, 0, { jitterBufferDelay: 140, jitterBufferEmittedCount: 2000 }));
    expect(sample.bufferMs).toBeCloseTo(40);
  });

  it("reads the other side's view of our loss only while we send", () => {
    const reader = new StatisticsReader();
    const remote = { type: "remote-inbound-rtp", fractionLost: 0.07 };
    expect(reader.next([{ type: "outbound-rtp", packetsSent: 50 }, remote]).lossSending).toBe(0.07);
    expect(reader.next([{ type: "outbound-rtp", packetsSent: 50 }, remote]).lossSending).toBeNull();
  });
});
