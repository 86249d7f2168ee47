/** In which order a board shows its rows, and what deserves a second look. */

import type { AgentState } from "../link/protocol.ts";
import type { BoardAgent, BoardQueue, BoardWaiting } from "./protocol.ts";

/** More than anybody reads; the rest is counted. */
export const SHOWN_WAITING = 60;
export const SHOWN_AGENTS = 200;

export const STATES: readonly AgentState[] = [
  "offered",
  "connected",
  "wrap_up",
  "available",
  "not_ready",
  "logged_out",
];

/** Busiest first, then by name: a queue in trouble is at the top. */
export function byNeed(a: BoardQueue, b: BoardQueue): number {
  return b.waiting - a.waiting || a.name.localeCompare(b.name);
}

/** Who waits longest first. */
export function byPlace(a: BoardWaiting, b: BoardWaiting): number {
  return Date.parse(a.since) - Date.parse(b.since);
}

/** By state, then who is longest in it. */
export function byState(a: BoardAgent, b: BoardAgent): number {
  return STATES.indexOf(a.state) - STATES.indexOf(b.state) || (a.since ?? "").localeCompare(b.since ?? "");
}

/** Whether a caller waits longer than the queue promises. */
export function isLate(since: string | null, limitSeconds: number, now: number): boolean {
  return since !== null && now - Date.parse(since) > limitSeconds * 1000;
}

export function staffed(queue: BoardQueue): number {
  return Object.entries(queue.agents).reduce((sum, [state, count]) => (state === "logged_out" ? sum : sum + count), 0);
}
