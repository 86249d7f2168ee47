/** A queue's callback rules as people type them, and back; the limits are those of `CallbackSettings` of the API. */

import type { CallbackRules } from "../app/api.ts";

export const UNITS = ["minutes", "hours", "days"] as const;
export type Unit = (typeof UNITS)[number];

export interface Amount {
  readonly value: string;
  readonly unit: Unit;
}

export const FIRSTS = ["agent", "customer"] as const satisfies readonly CallbackRules["first"][];
export type First = (typeof FIRSTS)[number];

export const MACHINES = [
  "wait_for_key",
  "hang_up",
  "ignore",
] as const satisfies readonly CallbackRules["answering_machines"][];
export type Machines = (typeof MACHINES)[number];

export interface RulesDraft {
  readonly first: First;
  readonly machines: Machines;
  readonly patience: string;
  readonly attempts: string;
  readonly ring: string;
  readonly usualPauses: boolean;
  readonly pause: Amount;
  readonly place: Amount;
  readonly scheduled: Amount;
  readonly calendar: string;
}

export type RulesField = Exclude<keyof RulesDraft, "first" | "machines" | "usualPauses">;
export type RulesProblems = Readonly<Partial<Record<RulesField, true>>>;

type Known =
  | "first"
  | "patience_seconds"
  | "attempts"
  | "ring_seconds"
  | "pause_seconds"
  | "place_expires_seconds"
  | "scheduled_expires_seconds"
  | "calendar"
  | "answering_machines";

/** What this page knows of; a server's answer may hold more, which is sent back as it came. */
export type Usable = Required<Pick<CallbackRules, Known>>;

const SECONDS: Readonly<Record<Unit, number>> = { minutes: 60, hours: 3_600, days: 86_400 };
const DAY = SECONDS.days;

export const LIMITS = {
  patience: { least: 15, most: 900 },
  attempts: { least: 1, most: 10 },
  ring: { least: 10, most: 90 },
  pause: { least: 60, most: DAY },
  place: { least: 600, most: 7 * DAY },
  scheduled: { least: 600, most: 7 * DAY },
} as const;

/** Offered to who turns the usual pauses off. */
const PAUSE_SECONDS = 1_800;

/** In the largest unit that needs no fraction. */
export function amountOf(seconds: number): Amount {
  const unit = [...UNITS].reverse().find((one) => seconds % SECONDS[one] === 0) ?? "minutes";
  return { value: String(Math.round((seconds / SECONDS[unit]) * 100) / 100), unit };
}

export function draftOf(rules: Usable): RulesDraft {
  return {
    first: rules.first,
    machines: rules.answering_machines,
    patience: String(rules.patience_seconds),
    attempts: String(rules.attempts),
    ring: String(rules.ring_seconds),
    usualPauses: rules.pause_seconds === null,
    pause: amountOf(rules.pause_seconds ?? PAUSE_SECONDS),
    place: amountOf(rules.place_expires_seconds),
    scheduled: amountOf(rules.scheduled_expires_seconds),
    calendar: rules.calendar,
  };
}

function numberOf(text: string): number | null {
  const written = text.trim().replace(",", ".");
  return /^\d+(\.\d+)?$/.test(written) ? Number(written) : null;
}

function secondsOf({ value, unit }: Amount): number | null {
  const number = numberOf(value);
  return number === null ? null : Math.round(number * SECONDS[unit]);
}

function within(value: number | null, { least, most }: { readonly least: number; readonly most: number }) {
  return value !== null && value >= least && value <= most ? value : null;
}

/** What is not asked for is not read, but stays as it was. Null is what is not right. */
function amountsOf(draft: RulesDraft, before: Usable) {
  const attempts = within(numberOf(draft.attempts), LIMITS.attempts);
  return {
    patience: draft.first === "agent" ? before.patience_seconds : within(numberOf(draft.patience), LIMITS.patience),
    attempts: Number.isInteger(attempts) ? attempts : null,
    ring: within(numberOf(draft.ring), LIMITS.ring),
    pause: draft.usualPauses ? "usual" : within(secondsOf(draft.pause), LIMITS.pause),
    place: within(secondsOf(draft.place), LIMITS.place),
    scheduled: within(secondsOf(draft.scheduled), LIMITS.scheduled),
  } as const;
}

type Amounts = ReturnType<typeof amountsOf>;
type Right = { readonly [Field in keyof Amounts]: NonNullable<Amounts[Field]> };

function areRight(amounts: Amounts): amounts is Right {
  return Object.values(amounts).every((amount) => amount !== null);
}

/** The rules, with what this page does not know of kept as it was; or which fields are not right. */
export function rulesOf(
  draft: RulesDraft,
  before: Usable,
): { readonly rules: Usable } | { readonly problems: RulesProblems } {
  const amounts = amountsOf(draft, before);
  if (!areRight(amounts)) {
    const wrong = Object.entries(amounts).filter(([, amount]) => amount === null);
    return { problems: Object.fromEntries(wrong.map(([field]) => [field, true])) };
  }
  return {
    rules: {
      ...before,
      first: draft.first,
      answering_machines: draft.machines,
      patience_seconds: amounts.patience,
      attempts: amounts.attempts,
      ring_seconds: amounts.ring,
      pause_seconds: amounts.pause === "usual" ? null : amounts.pause,
      place_expires_seconds: amounts.place,
      scheduled_expires_seconds: amounts.scheduled,
      calendar: draft.calendar,
    },
  };
}

/** What was typed over rules that are others by now: what was not touched follows them. */
export function rebased(draft: RulesDraft, before: Usable, after: Usable): RulesDraft {
  const [old, now] = [draftOf(before), draftOf(after)];
  const touched = (key: keyof RulesDraft) => JSON.stringify(draft[key]) !== JSON.stringify(old[key]);
  const keys = (Object.keys(draft) as (keyof RulesDraft)[]).filter(touched);
  return { ...now, ...Object.fromEntries(keys.map((key) => [key, draft[key]])) };
}

/** Whether saving would change nothing; what cannot be saved is a change. */
export function isUnchanged(draft: RulesDraft, before: Usable): boolean {
  const read = rulesOf(draft, before);
  if (!("rules" in read)) return false;
  const keys = Object.keys(read.rules) as (keyof Usable)[];
  return keys.every((key) => read.rules[key] === before[key]);
}
