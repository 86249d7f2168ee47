import { describe, expect, it } from "vitest";
import { FIRST_RULES } from "../../dev/supervision.ts";
import { amountOf, draftOf, isUnchanged, type RulesDraft, rebased, rulesOf } from "./rules.ts";

const DRAFT = draftOf(FIRST_RULES);
const read = (change: Partial<RulesDraft>) => rulesOf({ ...DRAFT, ...change }, FIRST_RULES);

describe("callback rules", () => {
  it.each([
    [60, { value: "1", unit: "minutes" }],
    [5_400, { value: "90", unit: "minutes" }],
    [7_200, { value: "2", unit: "hours" }],
    [86_400, { value: "1", unit: "days" }],
    [90, { value: "1.5", unit: "minutes" }],
  ])("%d seconds are written in the unit that fits", (seconds, amount) => {
    expect(amountOf(seconds)).toEqual(amount);
  });

  it("come back as they were", () => {
    const own = {
      ...FIRST_RULES,
      first: "customer",
      patience_seconds: 90,
      pause_seconds: 5_400,
      attempts: 7,
      calendar: "office",
      answering_machines: "hang_up",
    } as const;
    expect(rulesOf(draftOf(own), own)).toEqual({ rules: own });
    expect([isUnchanged(DRAFT, FIRST_RULES), isUnchanged({ ...DRAFT, attempts: "4" }, FIRST_RULES)]).toEqual([
      true,
      false,
    ]);
    expect(isUnchanged({ ...DRAFT, attempts: "3,0" }, FIRST_RULES)).toBe(true);
  });

  it("keep what this page does not know of", () => {
    const more = { ...FIRST_RULES, mornings: true };
    expect(rulesOf({ ...DRAFT, ring: "45" }, more)).toEqual({ rules: { ...more, ring_seconds: 45 } });
  });

  it("keep the patience as it was where the agent is rung first", () => {
    const asked = { ...FIRST_RULES, first: "customer", patience_seconds: 90 } as const;
    const back = { ...draftOf(asked), first: "agent", patience: "" } as const;
    expect(rulesOf(back, asked)).toEqual({ rules: { ...asked, first: "agent" } });
  });

  it("typed over others follow those where nothing was typed", () => {
    const now = { ...FIRST_RULES, ring_seconds: 50, attempts: 8 };
    const typed = { ...DRAFT, attempts: "5", place: { value: "3", unit: "days" } as const };
    expect(rebased(typed, FIRST_RULES, now)).toEqual({ ...draftOf(now), attempts: "5", place: typed.place });
  });

  it.each<[string, Partial<RulesDraft>, string[]]>([
    ["little patience", { first: "customer", patience: "14" }, ["patience"]],
    ["much patience", { first: "customer", patience: "901" }, ["patience"]],
    ["a patience that nobody needs", { first: "agent", patience: "14" }, []],
    ["no attempt", { attempts: "0" }, ["attempts"]],
    ["half an attempt", { attempts: "2.5" }, ["attempts"]],
    ["too many", { attempts: "11" }, ["attempts"]],
    ["words", { attempts: "three", ring: "" }, ["attempts", "ring"]],
    ["a short ring", { ring: "9" }, ["ring"]],
    ["a negative one", { ring: "-30" }, ["ring"]],
    ["a pause that is not wanted", { pause: { value: "", unit: "hours" } }, []],
    ["a pause of no length", { usualPauses: false, pause: { value: "0.5", unit: "minutes" } }, ["pause"]],
    ["a long pause", { usualPauses: false, pause: { value: "25", unit: "hours" } }, ["pause"]],
    ["a short promise", { place: { value: "9", unit: "minutes" } }, ["place"]],
    ["a long promise", { scheduled: { value: "8", unit: "days" } }, ["scheduled"]],
  ])("of %s are told apart", (_, change, fields) => {
    const found = read(change);
    expect("problems" in found ? Object.keys(found.problems) : []).toEqual(fields);
  });
});
