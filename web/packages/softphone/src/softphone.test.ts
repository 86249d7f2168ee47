import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ToGateway } from "./messages.ts";
import { stubAudio, TestPeer, TestTrack } from "./softphone.fixture.ts";
import { Softphone } from "./softphone.ts";

let tracks: TestTrack[];
let sent: ToGateway[];
let linked: boolean;
let deviceChange: () => void;
let refusal: Error | null;
let phone: Softphone;

function lastPeer(): TestPeer {
  const peer = TestPeer.made.at(-1);
  if (peer === undefined) throw new Error("no connection was made");
  return peer;
}

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

async function reachReady(leg = "leg-1"): Promise<void> {
  phone.begin();
  phone.linkUp();
  await settle();
  phone.receive({ type: "answer", leg, sdp: "answer" });
  phone.receive({ type: "ready", leg });
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers();
  TestPeer.made = [];
  tracks = [];
  sent = [];
  linked = true;
  refusal = null;
  stubAudio();
  const media = {
    getUserMedia: async () => {
      if (refusal !== null) throw refusal;
      const track = new TestTrack();
      tracks.push(track);
      return { getAudioTracks: () => [track], getTracks: () => [track] } as unknown as MediaStream;
    },
    enumerateDevices: async () => [],
    addEventListener: (_: string, listener: () => void) => {
      deviceChange = listener;
    },
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

describe("log-in", () => {
  it("offers once the microphone and the link are there, and is ready when the gateway says so", async () => {
    phone.begin();
    await settle();
    expect(phone.store.get()).toMatchObject({
      microphone: "open",
      leg: "waiting_for_link",
      microphoneLabel: "Headset",
    });
    phone.linkUp();
    await settle();
    expect(sent).toEqual([{ type: "offer", sdp: "offer 1" }]);
    phone.receive({ type: "answer", leg: "leg-1", sdp: "answer" });
    phone.receive({ type: "ready", leg: "leg-1" });
    expect(phone.store.get().leg).toBe("ready");
    expect(lastPeer().accept).toHaveBeenCalledWith("answer");
  });

  it("sends nothing of the microphone before it is told to", async () => {
    await reachReady();
    expect(lastPeer().sent.filter((track) => track !== null)).toEqual([]);
  });

  it("tells why the microphone could not be opened, and tries again when asked", async () => {
    refusal = Object.assign(new Error("Permission denied"), { name: "NotAllowedError" });
    phone.begin();
    await settle();
    expect(phone.store.get()).toMatchObject({ microphone: "failed", microphoneFailure: "permission_denied" });
    refusal = null;
    phone.begin();
    await settle();
    expect(phone.store.get()).toMatchObject({ microphone: "open", microphoneFailure: null });
  });

  it("goes on by itself when a headset is plugged in", async () => {
    refusal = Object.assign(new Error(), { name: "NotFoundError" });
    phone.begin();
    await settle();
    refusal = null;
    deviceChange();
    await settle();
    expect(phone.store.get().microphone).toBe("open");
  });
});

describe("a call", () => {
  it("switches the sender on and off in the order it was told", async () => {
    await reachReady();
    phone.receive({ type: "transmit", on: true });
    phone.receive({ type: "transmit", on: false });
    expect(lastPeer().sent.slice(-2)).toEqual([tracks[0], null]);
  });

  it("mutes the track without stopping the stream of packets", async () => {
    await reachReady();
    phone.transmit(true);
    phone.mute(true);
    expect(tracks[0]?.enabled).toBe(false);
    expect(lastPeer().sent.at(-1)).toBe(tracks[0]);
  });

  it("goes on with another microphone when the headset is pulled out, still muted if it was", async () => {
    await reachReady();
    phone.transmit(true);
    phone.mute(true);
    tracks[0]?.onended?.();
    expect(lastPeer().sent.at(-1)).toBeNull();
    await settle();
    expect(lastPeer().sent.at(-1)).toBe(tracks[1]);
    expect(tracks[1]?.enabled).toBe(false);
    expect(TestPeer.made).toHaveLength(1);
  });
});

describe("when the server restarts", () => {
  it("keeps connection and sound, and resumes the leg", async () => {
    await reachReady();
    phone.transmit(true);
    linked = false;
    phone.linkDown();
    expect(phone.store.get()).toMatchObject({ leg: "ready", transmitting: true });
    linked = true;
    phone.linkUp();
    expect(sent.at(-1)).toEqual({ type: "resume", leg: "leg-1" });
    phone.receive({ type: "ready", leg: "leg-1" });
    expect(phone.store.get().leg).toBe("ready");
    expect(TestPeer.made).toHaveLength(1);
    expect(lastPeer().closed).toBe(false);
  });

  it("asks again while the gateway is still starting", async () => {
    await reachReady();
    phone.linkDown();
    phone.linkUp();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent.filter((message) => message.type === "resume")).toHaveLength(2);
    expect(TestPeer.made).toHaveLength(1);
  });

  it("makes a new offer when the leg is gone", async () => {
    await reachReady();
    phone.linkDown();
    phone.linkUp();
    phone.receive({ type: "gone", leg: "leg-1", reason: "unknown" });
    await settle();
    expect(TestPeer.made).toHaveLength(2);
    expect(TestPeer.made[0]?.closed).toBe(true);
    expect(sent.at(-1)).toEqual({ type: "offer", sdp: "offer 2" });
  });
});

describe("what goes wrong", () => {
  it("ignores words about a leg that is not ours any more", async () => {
    await reachReady("leg-2");
    phone.receive({ type: "gone", leg: "leg-1", reason: "lost" });
    expect(phone.store.get().leg).toBe("ready");
  });

  it("lets go when another desk takes the leg, and takes it back when asked", async () => {
    await reachReady();
    phone.receive({ type: "gone", leg: "leg-1", reason: "replaced" });
    expect(phone.store.get()).toMatchObject({ leg: "replaced", transmitting: false });
    phone.begin();
    await settle();
    expect(phone.store.get().leg).toBe("offering");
  });

  it("says that sound does not get through, and tries again with growing pauses", async () => {
    phone.begin();
    phone.linkUp();
    await settle();
    phone.receive({ type: "answer", leg: "leg-1", sdp: "answer" });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(phone.store.get()).toMatchObject({ leg: "retrying", legProblem: "media_unreachable" });
    await vi.advanceTimersByTimeAsync(500);
    expect(TestPeer.made).toHaveLength(2);
    phone.receive({ type: "refused", code: "overloaded", message: "" });
    expect(phone.store.get()).toMatchObject({ leg: "retrying", legProblem: "refused", refusal: "overloaded" });
    await vi.advanceTimersByTimeAsync(500);
    expect(TestPeer.made).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(500);
    expect(TestPeer.made).toHaveLength(3);
  });

  it("says good-bye and releases the microphone at the end", async () => {
    await reachReady();
    phone.end();
    expect(sent.at(-1)).toEqual({ type: "bye" });
    expect(tracks[0]?.stop).toHaveBeenCalled();
    expect(phone.store.get()).toMatchObject({ leg: "closed", microphone: "closed" });
  });
});
