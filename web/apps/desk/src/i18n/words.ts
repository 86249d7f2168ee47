/** Codes of the server to words of the catalogue; a code that the catalogue lacks is still shown readably. */

import type { TFunction } from "i18next";
import type { Problem } from "../link/protocol.ts";

type CodedSection = "reason" | "abuse" | "left" | "disposition" | "alarm" | "problem" | "trunk_reason" | "trunk_advice";

/** A tenant's own code, such as `call_back_later`, becomes "Call back later". */
export function humanised(code: string): string {
  const words = code.replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function worded(t: TFunction, section: CodedSection, code: string, more: object = {}): string | null {
  const key = `${section}.${code}`;
  const words = t(key as never, { ...more, defaultValue: "" }) as string;
  return words === "" || words === key ? null : words;
}

export function reasonWords(t: TFunction, code: string): string {
  return worded(t, "reason", code) ?? humanised(code);
}

/** Why somebody who was called in is not there (any more). */
export function leftWords(t: TFunction, reason: string): string {
  return worded(t, "left", reason) ?? t("left.other");
}

export function abuseWords(t: TFunction, code: string): string {
  return worded(t, "abuse", code) ?? humanised(code);
}

export function dispositionWords(t: TFunction, code: string): string {
  return worded(t, "disposition", code) ?? humanised(code);
}

export function alarmWords(t: TFunction, code: string): string {
  if (code.startsWith("recording_")) return t("alarm.recording");
  return worded(t, "alarm", code) ?? t("alarm.other", { code: humanised(code) });
}

/** What is wrong with a trunk, in a few words. */
export function trunkReasonWords(t: TFunction, code: string): string {
  return worded(t, "trunk_reason", code) ?? humanised(code);
}

/** What can be done about it; empty where we know nothing. `status` is the carrier's, where it answered. */
export function trunkAdvice(t: TFunction, code: string, status: number): string {
  return worded(t, "trunk_advice", code, { status }) ?? "";
}

export function problemWords(t: TFunction, problem: Problem): string {
  const words = worded(t, "problem", problem.code);
  if (words !== null) return words;
  const detail = problem.detail ?? problem.title;
  return detail === undefined ? t("problem.unknown", { code: problem.code }) : t("problem.other", { detail });
}
