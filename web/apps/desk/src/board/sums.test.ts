import { describe, expect, it } from "vitest";
import { agent, firstBoard } from "../../dev/board.ts";
import { ago } from "../../dev/scene.ts";
import { agentsOf, COUNTS, longestOf, sumOf } from "./sums.ts";

const queues = Object.values(firstBoard().queues);

describe("all queues together", () => {
  it("add up what is a number of calls", () => {
    expect(COUNTS.map((count) => sumOf(queues, count))).toEqual([368, 12, 3, 17]);
  });

  it("wait as long as the caller who waits longest", () => {
    const [early, late] = [ago(90), ago(10)];
    const waiting = (...since: (string | null)[]) =>
      since.flatMap((longest_waiting_since) => queues.slice(0, 1).map((one) => ({ ...one, longest_waiting_since })));
    expect(longestOf(waiting(late, null, early))).toBe(early);
    expect(longestOf(waiting(null))).toBeNull();
  });

  it("have each agent once, and none who serves no queue or is not there", () => {
    const two = agent("a1", "In two queues", {});
    const busy = agent("a2", "On a call", { state: "connected" });
    const none = agent("a3", "In no queue", { queues: [] });
    const gone = agent("a4", "Not there", { state: "logged_out" });
    expect(agentsOf([two, busy, none, gone])).toEqual({ free: 1, count: 2 });
  });
});
