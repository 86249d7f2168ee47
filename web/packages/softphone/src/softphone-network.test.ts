import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ToGateway } from "./messages.ts";
import { stubAudio, TestPeer, TestTrack } from "./softphone.fixture.ts";
import { Softphone } from "./softphone.ts";

let sent: ToGateway[];
let linked: boolean;
let phone: Softphone;

function lastPeer(): TestPeer {
  const peer = TestPeer.made.at(-1);
  if (peer === undefined) throw new Error("no connection was made");
  return peer;
}

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

async function reachReady(): Promise<void> {
  phone.begin();
  phone.linkUp();
  await settle();
  phone.receive({ type: "answer", leg: "leg-1", sdp: "answer" });
  phone.receive({ type: "ready", leg: "leg-1" });
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers();
  TestPeer.made = [];
  sent = [];
  linked = true;
  stubAudio();
  const stream = () => {
    const track = new TestTrack();
    return { getAudioTracks: () => [track], getTracks: () => [track] } as unknown as MediaStream;
  };
  const media = {
    getUserMedia: async () => stream(),
    enumerateDevices: async () => [],
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  };
  phone = new Softphone({
    media: media as unknown as MediaDevices,
    makePeer: (events) => new TestPeer(events),
    send: (message) => linked && sent.push(message) > 0,
  });
});

afterEach(() => {
  phone.end();
  vi.useRealTimers();
});

describe("a network that changes", () => {
  it("restarts ICE when the network took the path away, and keeps leg and call", async () => {
    await reachReady();
    phone.transmit(true);
    lastPeer().events.onLost();
    await settle();
    expect(sent.at(-1)).toEqual({ type: "restart", leg: "leg-1", sdp: "restart 1" });
    phone.receive({ type: "answer", leg: "leg-1", sdp: "anew" });
    expect(lastPeer().accept).toHaveBeenLastCalledWith("anew");
    lastPeer().events.onConnected();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(phone.store.get()).toMatchObject({ leg: "ready", transmitting: true, legProblem: null });
    expect(TestPeer.made).toHaveLength(1);
  });

  it("makes a new connection when the restart does not help", async () => {
    await reachReady();
    lastPeer().events.onLost();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent.at(-1)).toEqual({ type: "offer", sdp: "offer 2" });
  });

  it("makes a new connection when the gateway cannot restart the old one", async () => {
    await reachReady();
    lastPeer().events.onLost();
    await settle();
    phone.receive({ type: "gone", leg: "leg-1", reason: "unknown" });
    await settle();
    expect(sent.at(-1)).toEqual({ type: "offer", sdp: "offer 2" });
  });

  it("restarts once the link is back, when both were away", async () => {
    await reachReady();
    linked = false;
    phone.linkDown();
    lastPeer().events.onLost();
    await settle();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(TestPeer.made).toHaveLength(1);
    linked = true;
    phone.linkUp();
    await settle();
    expect(sent.at(-1)).toMatchObject({ type: "restart", leg: "leg-1" });
  });
});

describe("a bad network", () => {
  it("asks for Opus where the desk prefers it", async () => {
    phone.prefer("opus");
    phone.begin();
    phone.linkUp();
    await settle();
    expect(sent).toEqual([{ type: "offer", sdp: "offer 1", audio: "opus" }]);
  });
});
