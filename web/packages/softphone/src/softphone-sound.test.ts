import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { lastPeer, Rig, settle } from "./softphone.fixture.ts";

let rig: Rig;

beforeEach(() => {
  vi.useFakeTimers();
  rig = new Rig();
});

afterEach(() => {
  rig.phone.end();
  vi.useRealTimers();
});

describe("what the gateway knows of the sound", () => {
  const told = () => rig.sent.filter((message) => message.type === "microphone").map(({ works }) => works);

  it("is told at once of a microphone that is gone, and of the next one", async () => {
    await rig.reachReady();
    expect(told()).toEqual([]);
    rig.refusal = Object.assign(new Error(), { name: "NotFoundError" });
    rig.tracks[0]?.onended?.();
    await settle();
    expect(told()).toEqual([false]);
    expect(rig.phone.store.get()).toMatchObject({ microphoneFailure: "no_microphone", microphoneLabel: "Headset" });
    rig.refusal = null;
    rig.deviceChange();
    await settle();
    expect(told()).toEqual([false, true]);
  });

  it("is told of one that the system has muted, unless that passes", async () => {
    await rig.reachReady();
    rig.tracks[0]?.onmute?.();
    rig.tracks[0]?.onunmute?.();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told()).toEqual([]);
    rig.tracks[0]?.onmute?.();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told()).toEqual([false]);
    expect(rig.phone.store.get().microphoneMuted).toBe(true);
    rig.tracks[0]?.onunmute?.();
    expect(told()).toEqual([false, true]);
  });

  it("is told again after the connection was away", async () => {
    await rig.reachReady();
    rig.phone.linkDown();
    rig.phone.linkUp();
    expect(told()).toEqual([true]);
  });

  it("gets silence for a moment when it probes, and nothing afterwards", async () => {
    await rig.reachReady();
    rig.phone.receive({ type: "probe" });
    const silence = lastPeer().sent.at(-1);
    expect(silence).not.toBe(rig.tracks[0]);
    expect(silence?.enabled).toBe(false);
    await vi.advanceTimersByTimeAsync(500);
    expect(silence?.stop).toHaveBeenCalled();
    expect(lastPeer().sent.at(-1)).toBeNull();
  });

  it("does not get it in place of what the agent says", async () => {
    await rig.reachReady();
    rig.phone.receive({ type: "probe" });
    rig.phone.transmit(true);
    await vi.advanceTimersByTimeAsync(500);
    rig.phone.receive({ type: "probe" });
    await vi.advanceTimersByTimeAsync(500);
    expect(lastPeer().sent.at(-1)).toBe(rig.tracks[0]);
  });

  it("finds a microphone that ended without a word, which is opened anew", async () => {
    await rig.reachReady();
    Object.assign(rig.tracks[0] ?? {}, { readyState: "ended" });
    rig.phone.receive({ type: "probe" });
    await settle();
    expect(told()).toEqual([false, true]);
    expect(rig.tracks).toHaveLength(2);
  });

  it("gets another leg in place of one without sound", async () => {
    await rig.reachReady();
    rig.phone.renew();
    await settle();
    expect(rig.sent.at(-1)).toMatchObject({ type: "offer", sdp: "offer 2" });
  });
});
