import { expect, it } from "vitest";
import { changeOf, localTime } from "./MoveDialog.tsx";

it("tells only what was changed, and times as their field has them", () => {
  const item = { queue_id: "q1", agent_id: null, due: null } as never;
  expect(changeOf(item, "q1", "", "")).toEqual({});
  const due = "2026-03-02T09:05:00.000Z";
  expect(changeOf(item, "q2", "a1", localTime(due))).toEqual({ queue_id: "q2", agent_id: "a1", due });
  const agreed = { queue_id: "q1", agent_id: "a1", due } as never;
  expect(changeOf(agreed, "q1", "", "")).toEqual({ agent_id: null, due: null });
});
