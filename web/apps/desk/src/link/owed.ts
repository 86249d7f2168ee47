/** What a person decided while the service could not hear it: said again when it can, if it still means something. */

import type { DeskState, Intent } from "./protocol.ts";

export type OwedIntent = Extract<Intent, { type: "hang_up" | "accept_offer" | "reject_offer" }>;

const KEY = "cordboard.owed";

/** Decisions about a call that is there now; everything else is for the person to say again. */
export function isOwed(intent: Intent): intent is OwedIntent {
  return intent.type === "hang_up" || intent.type === "accept_offer" || intent.type === "reject_offer";
}

/** Whether the call or the offer that it is about is still there. */
export function stillMeant(intent: OwedIntent, desk: DeskState | null): boolean {
  if (intent.type === "hang_up") return desk?.call?.id === intent.call && desk.call.state !== "ended";
  return desk?.offer?.id === intent.offer;
}

/** The last one; kept through a reload, for a page that does not react is reloaded. */
export class Owed {
  private intent: OwedIntent | null = stored();

  keep(intent: OwedIntent): void {
    this.set(intent);
  }

  /** What is to be said now; nothing is left afterwards. */
  take(desk: DeskState | null): OwedIntent | null {
    const { intent } = this;
    this.set(null);
    return intent !== null && stillMeant(intent, desk) ? intent : null;
  }

  private set(intent: OwedIntent | null): void {
    this.intent = intent;
    try {
      if (intent === null) sessionStorage.removeItem(KEY);
      else sessionStorage.setItem(KEY, JSON.stringify(intent));
    } catch {
      // Without storage it is forgotten with the page.
    }
  }
}

function stored(): OwedIntent | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null") as OwedIntent | null;
  } catch {
    return null;
  }
}
