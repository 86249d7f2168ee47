/** What is read of certificates, and how soon one ends. */

/** As early as the alarms of the server: an authority that asks people takes days. */
const EARLY_MS = 14 * 24 * 3_600_000;

export type Standing = "fine" | "ends" | "ended";

/** `now` in milliseconds. */
export function standingOf(expiresAt: string, now: number): Standing {
  const left = Date.parse(expiresAt) - now;
  return left <= 0 ? "ended" : left <= EARLY_MS ? "ends" : "fine";
}

/** Such as "2 March 2027". */
export function dayOf(at: string, language: string, zone: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: zone }).format(new Date(at));
}
