import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { lastPeer, Rig, settle, TestPeer } from "./softphone.fixture.ts";

let rig: Rig;

beforeEach(() => {
  vi.useFakeTimers();
  rig = new Rig();
});

afterEach(() => {
  rig.phone.end();
  vi.useRealTimers();
});

describe("a network that changes", () => {
  it("restarts ICE when the network took the path away, and keeps leg and call", async () => {
    await rig.reachReady();
    rig.phone.transmit(true);
    lastPeer().events.onLost();
    await settle();
    expect(rig.sent.at(-1)).toEqual({ type: "restart", leg: "leg-1", sdp: "restart 1" });
    rig.phone.receive({ type: "answer", leg: "leg-1", sdp: "anew" });
    expect(lastPeer().accept).toHaveBeenLastCalledWith("anew");
    lastPeer().events.onConnected();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(rig.phone.store.get()).toMatchObject({ leg: "ready", transmitting: true, legProblem: null });
    expect(TestPeer.made).toHaveLength(1);
  });

  it("makes a new connection when the restart does not help", async () => {
    await rig.reachReady();
    lastPeer().events.onLost();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(rig.sent.at(-1)).toEqual({ type: "offer", sdp: "offer 2", probes: true });
  });

  it("makes a new connection when the gateway cannot restart the old one", async () => {
    await rig.reachReady();
    lastPeer().events.onLost();
    await settle();
    rig.phone.receive({ type: "gone", leg: "leg-1", reason: "unknown" });
    await settle();
    expect(rig.sent.at(-1)).toEqual({ type: "offer", sdp: "offer 2", probes: true });
  });

  it("restarts once the link is back, when both were away", async () => {
    await rig.reachReady();
    rig.linked = false;
    rig.phone.linkDown();
    lastPeer().events.onLost();
    await settle();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(TestPeer.made).toHaveLength(1);
    rig.linked = true;
    rig.phone.linkUp();
    await settle();
    expect(rig.sent.at(-1)).toMatchObject({ type: "restart", leg: "leg-1" });
  });
});

describe("a bad network", () => {
  it("asks for Opus where the desk prefers it", async () => {
    rig.phone.prefer("opus");
    rig.phone.begin();
    rig.phone.linkUp();
    await settle();
    expect(rig.sent).toEqual([{ type: "offer", sdp: "offer 1", audio: "opus", probes: true }]);
  });
});
