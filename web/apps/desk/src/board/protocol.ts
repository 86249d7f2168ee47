/** The frames of the live board's WebSocket: moments, never ages. */

import type { AgentState, Alarm, Problem, Tenant } from "../link/protocol.ts";

export interface BoardQueue {
  readonly id: string;
  readonly name: string;
  readonly priority: number;
  readonly waiting: number;
  readonly longest_waiting_since: string | null;
  readonly agents: Readonly<Partial<Record<AgentState, number>>>;
  readonly offered_today: number;
  readonly answered_today: number;
  readonly abandoned_today: number;
  readonly short_abandoned_today: number;
  /** Calls that nobody answered: whose callers left a message, or are to be rung back. */
  readonly messages_today: number;
  readonly callbacks_today: number;
  readonly average_speed_of_answer_today: number | null;
  readonly service_level_today: number | null;
  readonly service_level_seconds: number;
}

/** `since` is the caller's place; `offered_to` is the agent at whose desk it rings. */
export interface BoardWaiting {
  readonly id: string;
  readonly queue_id: string;
  readonly caller: string | null;
  readonly called: string;
  readonly since: string;
  readonly offered_to: string | null;
}

export interface BoardCall {
  readonly id: string;
  readonly direction: "inbound" | "outbound";
  readonly state: string;
  readonly since: string;
  readonly queue_id: string | null;
  readonly agent_id: string | null;
  readonly caller: string | null;
  readonly called: string;
}

export interface BoardAgent {
  readonly id: string;
  readonly name: string;
  readonly state: AgentState;
  readonly reason: string;
  readonly since: string | null;
  readonly until: string | null;
  readonly requested: AgentState | null;
  readonly requested_reason: string;
  readonly reachable: boolean;
  readonly call_id: string | null;
  readonly queue_id: string | null;
  readonly queues: readonly string[];
}

/** `id` is the rule's, `alert_id` what it is acknowledged by; `begun`: since when the figure is beyond the limit. */
export interface BoardAlert {
  readonly id: string;
  readonly name: string;
  readonly measure: string;
  readonly queue_id: string | null;
  readonly side: string;
  readonly limit: number;
  readonly value: number | null;
  readonly begun: string;
  readonly raised: string;
  readonly alert_id: string | null;
  readonly acknowledged_by: string | null;
  readonly acknowledged_at: string | null;
}

export type Rows<Row> = Readonly<Record<string, Row>>;

export interface BoardState {
  readonly tenant: Tenant;
  readonly alarms: readonly Alarm[];
  readonly queues: Rows<BoardQueue>;
  readonly waiting: Rows<BoardWaiting>;
  readonly calls: Rows<BoardCall>;
  readonly agents: Rows<BoardAgent>;
  readonly alerts: Rows<BoardAlert>;
}

export type BoardMaps = Omit<BoardState, "tenant" | "alarms">;

/** In a map only the rows that are otherwise, whole; null for those that are gone. */
export type BoardChanges = Partial<Pick<BoardState, "tenant" | "alarms">> & {
  readonly [M in keyof BoardMaps]?: Readonly<Record<string, BoardMaps[M][string] | null>>;
};

export type BoardFrame =
  | { op: "snapshot"; sequence: number; now: string; state: BoardState }
  | { op: "event"; sequence: number; now: string; changes: BoardChanges }
  | { op: "pong"; now: string }
  | { op: "error"; problem: Problem };

const OPS: readonly string[] = ["snapshot", "event", "pong", "error"];

/** Null for what is not one of our frames: a newer server may say more than this page understands. */
export function parseBoardFrame(text: string): BoardFrame | null {
  try {
    const frame: unknown = JSON.parse(text);
    const op = typeof frame === "object" && frame !== null && "op" in frame ? frame.op : null;
    return typeof op === "string" && OPS.includes(op) ? (frame as BoardFrame) : null;
  } catch {
    return null;
  }
}
