import { describe, expect, it } from "vitest";
import { ServerClock } from "./clock.ts";

const NOON = "2026-03-01T12:00:00.000Z";
const AT_NOON = Date.parse(NOON);

describe("ServerClock", () => {
  it("counts on from the server's word, whatever this computer's calendar says", () => {
    let ticks = 5_000;
    const clock = new ServerClock(() => ticks);
    clock.set(NOON, null);
    ticks += 2_500;
    expect(clock.now()).toBe(AT_NOON + 2_500);
  });

  it("adds half of the round trip", () => {
    const clock = new ServerClock(() => 0);
    clock.set(NOON, 80);
    expect(clock.now()).toBe(AT_NOON + 40);
  });

  it("keeps the tightest reading", () => {
    const clock = new ServerClock(() => 0);
    clock.set(NOON, 10);
    clock.set("2026-03-01T12:00:00.050Z", 400);
    expect(clock.now()).toBe(AT_NOON + 5);
  });

  it("believes a looser reading when the computer slept and the difference is beyond doubt", () => {
    const clock = new ServerClock(() => 0);
    clock.set(NOON, 10);
    clock.set("2026-03-01T12:30:00.000Z", 400);
    expect(clock.now()).toBe(AT_NOON + 30 * 60_000 + 200);
  });

  it("leaves the time alone when the word is no time", () => {
    const clock = new ServerClock(() => 0);
    clock.set(NOON, 10);
    clock.set("soon", 1);
    expect(clock.now()).toBe(AT_NOON + 5);
  });
});
