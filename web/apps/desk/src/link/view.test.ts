import { describe, expect, it } from "vitest";
import { firstState } from "../../dev/scene.ts";
import type { ServerFrame } from "./protocol.ts";
import { EMPTY_VIEW, fold, type View } from "./view.ts";

const SNAPSHOT: ServerFrame = { op: "snapshot", stream: "s1", sequence: 7, now: "", state: firstState() };

function opened(): View {
  return fold(EMPTY_VIEW, SNAPSHOT).view;
}

describe("fold", () => {
  it("takes the place of everything with a snapshot", () => {
    expect(opened()).toMatchObject({ stream: "s1", sequence: 7 });
  });

  it("applies the next event and leaves the rest as the same objects", () => {
    const before = opened();
    const { view, gap } = fold(before, { op: "event", sequence: 8, changes: { alarms: [] } });
    expect(gap).toBe(false);
    expect(view.sequence).toBe(8);
    expect(view.state?.queues).toBe(before.state?.queues);
  });

  it("passes over what it has seen", () => {
    const before = opened();
    const repeated: ServerFrame = { op: "event", sequence: 7, changes: { not_ready_reasons: [] } };
    expect(fold(before, repeated)).toEqual({ view: before, gap: false });
  });

  it("reports a gap and changes nothing", () => {
    const before = opened();
    expect(fold(before, { op: "event", sequence: 9, changes: { alarms: [] } })).toEqual({ view: before, gap: true });
  });

  it("does not take events before a snapshot", () => {
    expect(fold(EMPTY_VIEW, { op: "event", sequence: 1, changes: {} })).toEqual({ view: EMPTY_VIEW, gap: false });
  });

  it("replaces one queue, keeps the others and removes with null", () => {
    const before = opened();
    const first = before.state?.queues.q1;
    if (first === undefined) throw new Error("the scene has a first queue");
    const busier = fold(before, {
      op: "event",
      sequence: 8,
      changes: { queues: { q1: { ...first, waiting: 9 } } },
    }).view;
    expect(busier.state?.queues.q1?.waiting).toBe(9);
    expect(busier.state?.queues.q2).toBe(before.state?.queues.q2);
    const fewer = fold(busier, { op: "event", sequence: 9, changes: { queues: { q1: null } } }).view;
    expect(Object.keys(fewer.state?.queues ?? {})).toEqual(["q2"]);
  });

  it("ends an offer with null", () => {
    const { view } = fold(opened(), { op: "event", sequence: 8, changes: { offer: null } });
    expect(view.state?.offer).toBeNull();
  });
});
