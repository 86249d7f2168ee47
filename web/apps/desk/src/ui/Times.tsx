/** Running times, all by the server's clock. */

import { useServerNow } from "../app/ticker.ts";
import { clockTime, secondsBetween } from "../i18n/format.ts";

/** Counts up from `since`; silent for screen readers, who would hear nothing else. */
export function Elapsed({ since, label }: { readonly since: string | null; readonly label?: string }) {
  const now = useServerNow();
  const text = since === null ? "–:––" : clockTime(secondsBetween(since, now));
  return (
    <span
      role="timer"
      aria-live="off"
      aria-label={label === undefined ? undefined : `${label}: ${text}`}
      className="time"
    >
      {text}
    </span>
  );
}

/** Whole seconds until `until`; 0 when it has passed. */
export function useSecondsLeft(until: string | null): number {
  const now = useServerNow();
  return until === null ? 0 : Math.max(0, Math.ceil((Date.parse(until) - now) / 1000));
}
