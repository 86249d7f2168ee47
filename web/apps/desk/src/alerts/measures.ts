/** The figures that alerts look at, as people read them; a measure that only a newer server knows is a plain number. */

import { clockTime, percentWords } from "../i18n/format.ts";

const SECONDS: readonly string[] = ["longest_wait", "longest_not_ready", "longest_wrap_up"];
const PER_CENT: readonly string[] = ["service_level", "abandon_rate"];

export function figureWords(measure: string, value: number, language: string): string {
  if (SECONDS.includes(measure)) return clockTime(value);
  if (PER_CENT.includes(measure)) return percentWords(value / 100, language, 0);
  return value.toLocaleString(language, { maximumFractionDigits: 1 });
}
