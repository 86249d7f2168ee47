import { describe, expect, it } from "vitest";
import { records } from "../../dev/past.ts";
import type { CallRecord } from "../app/api.ts";
import { merged, NOTHING_READ, type Source, withPage } from "./sources.ts";

const RED = { id: "t2", name: "Red" };

function calls(...hours: number[]): CallRecord[] {
  const [first] = records();
  return hours.map((hour) => ({
    ...(first as CallRecord),
    id: `${hour}`,
    offered_at: `2026-03-01T${10 + hour}:00:00Z`,
  }));
}

function source(client: Source["client"], cursor: string | null, ...hours: number[]): Source {
  return withPage(NOTHING_READ(client), { items: calls(...hours), cursor });
}

function shown(...sources: Source[]): string[] {
  return merged(sources).map(({ record, client }) => `${client?.name ?? "own"} ${record.id}`);
}

describe("calls of several companies", () => {
  it("are one list, newest first", () => {
    expect(shown(source(null, null, 8, 3), source(RED, null, 9, 4))).toEqual(["Red 9", "own 8", "Red 4", "own 3"]);
  });

  it("are shown no further back than every company was read", () => {
    expect(shown(source(null, "older", 8, 5), source(RED, null, 9, 4))).toEqual(["Red 9", "own 8", "own 5"]);
    expect(shown(source(null, "older", 8, 5), source(RED, "older", 9, 7))).toEqual(["Red 9", "own 8", "Red 7"]);
  });

  it("stay when a page cannot be read", () => {
    const before = source(RED, "older", 9);
    expect(withPage(before, null)).toBe(before);
  });
});
