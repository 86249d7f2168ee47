/** Who else is in the call, and what the agent can do with them next. */

import type { Call, Party } from "../link/protocol.ts";

export interface Sharing {
  readonly present: readonly Party[];
  /** With whom the agent consults, or whom the agent calls. */
  readonly aside: Party | null;
  /** Who was the last to leave, while nobody else is there. */
  readonly left: Party | null;
  readonly canHandOver: boolean;
  readonly canConfer: boolean;
  readonly canInvite: boolean;
}

export function sharingOf(call: Call): Sharing {
  const present = call.parties.filter(({ state }) => state !== "left");
  const aside = present.find(({ state }) => state === "dialling" || state === "aside") ?? null;
  const talking = call.state === "connected" || call.state === "held";
  return {
    present,
    aside,
    left: present.length > 0 ? null : (call.parties.find(({ state }) => state === "left") ?? null),
    canHandOver: talking && present.length > 0,
    canConfer: talking && aside?.state === "aside",
    canInvite: talking && aside === null,
  };
}
