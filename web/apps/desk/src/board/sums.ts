/** All queues taken together, for the last line of the board. */

import type { BoardAgent, BoardQueue } from "./protocol.ts";

/** What became of today's calls, in the order of the columns. */
export const COUNTS = ["answered_today", "abandoned_today", "messages_today", "callbacks_today"] as const;
export type Count = (typeof COUNTS)[number];

export function sumOf(queues: readonly BoardQueue[], figure: "waiting" | Count): number {
  return queues.reduce((sum, queue) => sum + queue[figure], 0);
}

/** Since when the caller waits who waits longest; null: nobody waits. */
export function longestOf(queues: readonly BoardQueue[]): string | null {
  const since = queues.map((queue) => queue.longest_waiting_since).filter((one) => one !== null);
  return since.reduce<string | null>((a, b) => (a === null || Date.parse(b) < Date.parse(a) ? b : a), null);
}

/** Agents who serve any queue, each counted once. */
export function agentsOf(agents: readonly BoardAgent[]): { readonly free: number; readonly count: number } {
  const serving = agents.filter(({ queues, state }) => queues.length > 0 && state !== "logged_out");
  return { free: serving.filter(({ state }) => state === "available").length, count: serving.length };
}
