import { describe, expect, it } from "vitest";
import { records } from "../../dev/past.ts";
import { dayOf, farNumberOf, outcomeOf } from "./records.ts";

const LONDON = { language: "en-GB", zone: "Europe/London" };
const AUCKLAND = { language: "en-GB", zone: "Pacific/Auckland" };
const NOW = new Date("2026-03-10T13:00:00Z");

describe("dayOf", () => {
  it("names today and yesterday, and writes older days out", () => {
    expect(dayOf("2026-03-10T09:00:00Z", NOW, LONDON)).toMatchObject({ near: "today", words: null });
    expect(dayOf("2026-03-09T09:00:00Z", NOW, LONDON)).toMatchObject({ near: "yesterday", words: null });
    expect(dayOf("2026-03-01T09:00:00Z", NOW, LONDON).words).toBe("Sunday 1 March");
  });

  it("counts days by the tenant's zone", () => {
    expect(dayOf("2026-03-10T10:00:00Z", NOW, AUCKLAND)).toMatchObject({ near: "yesterday", words: null });
  });

  it("is the same object for the same day, so that calls can be grouped", () => {
    expect(dayOf("2026-03-10T09:00:00Z", NOW, LONDON)).toBe(dayOf("2026-03-10T12:00:00Z", NOW, LONDON));
  });
});

describe("a record", () => {
  it("shows the other party's number", () => {
    const [inbound, , outbound] = records();
    if (inbound === undefined || outbound === undefined) throw new Error("the scene has calls");
    expect([farNumberOf(inbound), farNumberOf(outbound)]).toEqual([inbound.caller, outbound.called]);
  });

  it("runs until it has ended", () => {
    const [call] = records();
    if (call === undefined) throw new Error("the scene has calls");
    expect(outcomeOf({ ...call, outcome: "answered", ended_at: null })).toBe("running");
    expect(outcomeOf(call)).toBe("answered");
  });
});
