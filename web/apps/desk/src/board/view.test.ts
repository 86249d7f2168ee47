import { describe, expect, it } from "vitest";
import { firstBoard, waiting } from "../../dev/board.ts";
import { byNeed, byPlace, isLate, staffed } from "./order.ts";
import { parseBoardFrame } from "./protocol.ts";
import { type BoardView, foldBoard, NO_BOARD } from "./view.ts";

function opened(): BoardView {
  return foldBoard(NO_BOARD, { op: "snapshot", sequence: 41, now: "", state: firstBoard() }).view;
}

describe("the board's fold", () => {
  it("takes only the rows that changed, and null takes one away", () => {
    const before = opened();
    const changes = { waiting: { w1: null, w3: waiting("w3", 1) } };
    const { view, gap } = foldBoard(before, { op: "event", sequence: 42, now: "", changes });
    expect(gap).toBe(false);
    expect(Object.keys(view.state?.waiting ?? {})).toEqual(["w2", "w3"]);
    expect(view.state?.waiting.w2).toBe(before.state?.waiting.w2);
    expect(view.state?.agents).toBe(before.state?.agents);
  });

  it("passes over what it has seen, and reports a gap without changing anything", () => {
    const before = opened();
    const old = foldBoard(before, { op: "event", sequence: 41, now: "", changes: { waiting: { w1: null } } });
    expect(old).toEqual({ view: before, gap: false });
    const far = foldBoard(before, { op: "event", sequence: 43, now: "", changes: { waiting: { w1: null } } });
    expect(far).toEqual({ view: before, gap: true });
  });

  it("begins anew with a snapshot, whatever its number", () => {
    const { view } = foldBoard(opened(), { op: "snapshot", sequence: 3, now: "", state: firstBoard() });
    expect(view.sequence).toBe(3);
  });

  it("does not fall over what it does not know", () => {
    expect(parseBoardFrame('{"op":"confetti"}')).toBeNull();
    expect(parseBoardFrame("not json")).toBeNull();
  });
});

describe("the order", () => {
  it("puts the queue in need first, and who waits longest", () => {
    const { queues } = firstBoard();
    expect(
      Object.values(queues)
        .toReversed()
        .sort(byNeed)
        .map(({ id }) => id),
    ).toEqual(["q1", "q2"]);
    expect([waiting("b", 3), waiting("a", 30)].sort(byPlace).map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it("counts who is there, and nobody who is logged out", () => {
    const queue = firstBoard().queues.q1;
    if (queue === undefined) throw new Error("the scene has a first queue");
    expect(staffed({ ...queue, agents: { available: 2, connected: 3, logged_out: 9 } })).toBe(5);
  });

  it("calls late who waits longer than the queue promises", () => {
    const now = Date.parse("2026-03-02T09:00:21Z");
    expect(isLate("2026-03-02T09:00:00Z", 20, now)).toBe(true);
    expect(isLate("2026-03-02T09:00:00Z", 21, now)).toBe(false);
    expect(isLate(null, 20, now)).toBe(false);
  });
});
