/** What a call record says to its agent. */

import type { CallRecord } from "../app/api.ts";
import type { Reading } from "../i18n/format.ts";

export function farNumberOf(call: CallRecord): string | null {
  return call.direction === "inbound" ? call.caller : call.called;
}

export type RecordOutcome = NonNullable<CallRecord["outcome"]> | "running";

export function outcomeOf(call: CallRecord): RecordOutcome {
  return call.ended_at === null ? "running" : (call.outcome ?? "failed");
}

export interface Day {
  readonly key: string;
  readonly near: "today" | "yesterday";
  /** Null for today and yesterday, which the catalogue names. */
  readonly words: string | null;
}

const DAY_MS = 86_400_000;
const DAYS = new Map<string, Day>();

/** The same object for the same day, so that days can be grouped by it. */
export function dayOf(at: string, now: Date, { language, zone }: Reading): Day {
  const keyOf = (date: Date) => date.toLocaleDateString("en-CA", { timeZone: zone });
  const key = keyOf(new Date(at));
  const near = nearness(key, keyOf(now), keyOf(new Date(now.getTime() - DAY_MS)));
  const known = DAYS.get(`${key}/${near}/${language}/${zone}`);
  if (known !== undefined) return known;
  const words =
    near === null
      ? new Date(at).toLocaleDateString(language, { timeZone: zone, weekday: "long", day: "numeric", month: "long" })
      : null;
  const day: Day = { key, near: near ?? "today", words };
  DAYS.set(`${key}/${near}/${language}/${zone}`, day);
  return day;
}

function nearness(key: string, today: string, yesterday: string): Day["near"] | null {
  if (key === today) return "today";
  return key === yesterday ? "yesterday" : null;
}
