/** What somebody was typing when a call rang: it is there again when they come back. Gone with the page. */

import { type RulesDraft, rebased, type Usable } from "./rules.ts";

interface Kept {
  readonly draft: RulesDraft;
  readonly over: Usable;
}

const kept = new Map<string, Kept>();

const keyOf = (user: string, queue: string) => `${user}:${queue}`;

/** `over` is what was read when it was typed. */
export function keep(user: string, queue: string, draft: RulesDraft, over: Usable): void {
  kept.set(keyOf(user, queue), { draft, over });
}

export function keptOf(user: string, queue: string, rules: Usable): RulesDraft | null {
  const found = kept.get(keyOf(user, queue));
  return found === undefined ? null : rebased(found.draft, found.over, rules);
}

export function forget(user: string, queue: string): void {
  kept.delete(keyOf(user, queue));
}
