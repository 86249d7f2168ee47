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

describe("log-in", () => {
  it("offers once the microphone and the link are there, and is ready when the gateway says so", async () => {
    rig.phone.begin();
    await settle();
    expect(rig.phone.store.get()).toMatchObject({
      microphone: "open",
      leg: "waiting_for_link",
      microphoneLabel: "Headset",
    });
    rig.phone.linkUp();
    await settle();
    expect(rig.sent).toEqual([{ type: "offer", sdp: "offer 1", probes: true }]);
    rig.phone.receive({ type: "answer", leg: "leg-1", sdp: "answer" });
    rig.phone.receive({ type: "ready", leg: "leg-1" });
    expect(rig.phone.store.get().leg).toBe("ready");
    expect(lastPeer().accept).toHaveBeenCalledWith("answer");
  });

  it("sends nothing of the microphone before it is told to", async () => {
    await rig.reachReady();
    expect(lastPeer().sent.filter((track) => track !== null)).toEqual([]);
  });

  it("tells why the microphone could not be opened, and tries again when asked", async () => {
    rig.refusal = Object.assign(new Error("Permission denied"), { name: "NotAllowedError" });
    rig.phone.begin();
    await settle();
    expect(rig.phone.store.get()).toMatchObject({ microphone: "failed", microphoneFailure: "permission_denied" });
    rig.refusal = null;
    rig.phone.begin();
    await settle();
    expect(rig.phone.store.get()).toMatchObject({ microphone: "open", microphoneFailure: null });
  });

  it("goes on by itself when a headset is plugged in", async () => {
    rig.refusal = Object.assign(new Error(), { name: "NotFoundError" });
    rig.phone.begin();
    await settle();
    rig.refusal = null;
    rig.deviceChange();
    await settle();
    expect(rig.phone.store.get().microphone).toBe("open");
  });
});

describe("a call", () => {
  it("switches the sender on and off in the order it was told", async () => {
    await rig.reachReady();
    rig.phone.receive({ type: "transmit", on: true });
    rig.phone.receive({ type: "transmit", on: false });
    expect(lastPeer().sent.slice(-2)).toEqual([rig.tracks[0], null]);
  });

  it("mutes the track without stopping the stream of packets", async () => {
    await rig.reachReady();
    rig.phone.transmit(true);
    rig.phone.mute(true);
    expect(rig.tracks[0]?.enabled).toBe(false);
    expect(lastPeer().sent.at(-1)).toBe(rig.tracks[0]);
  });

  it("goes on with another microphone when the headset is pulled out, still muted if it was", async () => {
    await rig.reachReady();
    rig.phone.transmit(true);
    rig.phone.mute(true);
    rig.tracks[0]?.onended?.();
    expect(lastPeer().sent.at(-1)).toBeNull();
    await settle();
    expect(lastPeer().sent.at(-1)).toBe(rig.tracks[1]);
    expect(rig.tracks[1]?.enabled).toBe(false);
    expect(TestPeer.made).toHaveLength(1);
  });
});

describe("when the server restarts", () => {
  it("keeps connection and sound, and resumes the leg", async () => {
    await rig.reachReady();
    rig.phone.transmit(true);
    rig.linked = false;
    rig.phone.linkDown();
    expect(rig.phone.store.get()).toMatchObject({ leg: "ready", transmitting: true });
    rig.linked = true;
    rig.phone.linkUp();
    expect(rig.sent.at(-1)).toEqual({ type: "resume", leg: "leg-1", probes: true });
    rig.phone.receive({ type: "ready", leg: "leg-1" });
    expect(rig.phone.store.get().leg).toBe("ready");
    expect(TestPeer.made).toHaveLength(1);
    expect(lastPeer().closed).toBe(false);
  });

  it("asks again while the gateway is still starting", async () => {
    await rig.reachReady();
    rig.phone.linkDown();
    rig.phone.linkUp();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(rig.sent.filter((message) => message.type === "resume")).toHaveLength(2);
    expect(TestPeer.made).toHaveLength(1);
  });

  it("makes a new offer when the leg is gone", async () => {
    await rig.reachReady();
    rig.phone.linkDown();
    rig.phone.linkUp();
    rig.phone.receive({ type: "gone", leg: "leg-1", reason: "unknown" });
    await settle();
    expect(TestPeer.made).toHaveLength(2);
    expect(TestPeer.made[0]?.closed).toBe(true);
    expect(rig.sent.at(-1)).toEqual({ type: "offer", sdp: "offer 2", probes: true });
  });
});

describe("what goes wrong", () => {
  it("ignores words about a leg that is not ours any more", async () => {
    await rig.reachReady("leg-2");
    rig.phone.receive({ type: "gone", leg: "leg-1", reason: "lost" });
    expect(rig.phone.store.get().leg).toBe("ready");
  });

  it("lets go when another desk takes the leg, and takes it back when asked", async () => {
    await rig.reachReady();
    rig.phone.receive({ type: "gone", leg: "leg-1", reason: "replaced" });
    expect(rig.phone.store.get()).toMatchObject({ leg: "replaced", transmitting: false });
    rig.phone.begin();
    await settle();
    expect(rig.phone.store.get().leg).toBe("offering");
  });

  it("says that sound does not get through, and tries again with growing pauses", async () => {
    rig.phone.begin();
    rig.phone.linkUp();
    await settle();
    rig.phone.receive({ type: "answer", leg: "leg-1", sdp: "answer" });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(rig.phone.store.get()).toMatchObject({ leg: "retrying", legProblem: "media_unreachable" });
    await vi.advanceTimersByTimeAsync(500);
    expect(TestPeer.made).toHaveLength(2);
    rig.phone.receive({ type: "refused", code: "overloaded", message: "" });
    expect(rig.phone.store.get()).toMatchObject({ leg: "retrying", legProblem: "refused", refusal: "overloaded" });
    await vi.advanceTimersByTimeAsync(500);
    expect(TestPeer.made).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(500);
    expect(TestPeer.made).toHaveLength(3);
  });

  it("says good-bye and releases the microphone at the end", async () => {
    await rig.reachReady();
    rig.phone.end();
    expect(rig.sent.at(-1)).toEqual({ type: "bye" });
    expect(rig.tracks[0]?.stop).toHaveBeenCalled();
    expect(rig.phone.store.get()).toMatchObject({ leg: "closed", microphone: "closed" });
  });
});
