/** The frames of the desk's WebSocket; texts shown to people never come from here, only codes. */

import type { FromGateway, ToGateway } from "@cordboard/softphone";
import type { AgentState, Me, Tenant } from "./me.ts";
import type { Queue } from "./queue.ts";

export type { AgentState, Fault, Me, Tenant } from "./me.ts";
export type { Queue } from "./queue.ts";

/** How far the carrier vouches for a caller's number (RFC 8588). */
export type Attestation = "A" | "B" | "C" | "failed";

/** Who passed a call on last, and what they wrote for who gets it. */
export interface PassedOn {
  readonly by: string | null;
  readonly note: string;
}

/** `client` is whose call it is. */
export interface Offer {
  readonly id: string;
  readonly client: Tenant;
  readonly call_id: string;
  readonly queue_id: string;
  readonly queue_name: string;
  readonly caller: string | null;
  readonly called: string;
  readonly until: string;
  readonly waiting_since: string;
  readonly diverted_by: string | null;
  readonly attestation: Attestation | null;
  /** Who talked with the caller before. */
  readonly handled_by: string | null;
  readonly passed_on: PassedOn | null;
}

/** Somebody called into the call: by number, by a telephone's user name, or a colleague by name. */
export interface Party {
  readonly party: string;
  readonly number: string | null;
  readonly phone: string | null;
  readonly name: string | null;
  readonly state: "dialling" | "aside" | "joined" | "left";
  readonly since: string;
  /** Why they left. */
  readonly reason: string | null;
}

export interface Call {
  readonly id: string;
  readonly client: Tenant;
  readonly direction: "inbound" | "outbound";
  readonly caller: string | null;
  readonly called: string;
  readonly queue_id: string | null;
  readonly queue_name: string | null;
  readonly state: "dialing" | "ringing" | "connected" | "held" | "ended";
  readonly offered_at: string;
  readonly connected_at: string | null;
  readonly held_since: string | null;
  readonly ended_at: string | null;
  readonly recording: boolean;
  readonly dispositions: readonly string[];
  readonly diverted_by: string | null;
  readonly attestation: Attestation | null;
  readonly parties: readonly Party[];
  readonly passed_on: PassedOn | null;
  /** The colleague who asked this agent into their own call. */
  readonly asked_by: string | null;
}

/** A colleague asks this agent about their call. */
export interface Consultation {
  readonly call_id: string;
  readonly client: Tenant;
  readonly by: string | null;
  readonly queue_name: string | null;
  readonly caller: string | null;
  readonly called: string;
  readonly until: string;
  readonly note: string;
}

/** A promised callback that this agent is asked to take, or has taken. */
export interface Callback {
  readonly id: string;
  readonly client: Tenant;
  readonly queue_id: string;
  readonly queue_name: string;
  readonly number: string;
  readonly state: "open" | "offered" | "dialling" | "connected";
  readonly until: string | null;
}

/** A message that this agent is asked to take (not `taken`), or works on. */
export interface MessageWork {
  readonly id: string;
  readonly client: Tenant;
  readonly queue_id: string;
  readonly queue_name: string;
  readonly call_id: string;
  readonly seconds: number;
  readonly left_at: string;
  readonly taken: boolean;
  readonly overdue: boolean;
  readonly until: string | null;
  readonly dispositions: readonly string[];
}

/** The call in which this user takes part as a third. */
export interface Supervision {
  readonly call_id: string;
  readonly agent_id: string | null;
  readonly manner: "listen" | "whisper" | "barge";
  readonly since: string;
  /** This user's telephone is called for it until then. */
  readonly rings_until: string | null;
}

export interface ReasonCap {
  readonly reason: string;
  readonly at_once: number | null;
  readonly seconds: number | null;
  readonly away: number;
}

export interface Alarm {
  readonly code: string;
  readonly detail: string;
  readonly at: string;
  /** Why, of a trunk that is lost. */
  readonly reason?: string | null;
}

export interface TeamMember {
  readonly id: string;
  readonly name: string;
  readonly state: AgentState;
  readonly reason: string;
  readonly since: string | null;
  readonly reachable: boolean;
  readonly call_id: string | null;
  readonly queue_id: string | null;
}

export interface DeskState {
  readonly me: Me;
  readonly offer: Offer | null;
  readonly call: Call | null;
  readonly callback: Callback | null;
  readonly voicemail: MessageWork | null;
  readonly consultation: Consultation | null;
  readonly supervision: Supervision | null;
  readonly queues: Readonly<Record<string, Queue>>;
  readonly alarms: readonly Alarm[];
  readonly not_ready_reasons: readonly string[];
  readonly reason_caps: readonly ReasonCap[];
  readonly abuse_reasons: readonly string[];
  readonly team: readonly TeamMember[];
}

/** Top-level keys arrive as whole new values, except `queues`: there each queue is whole, and null removes one. */
export type DeskChanges = Partial<Omit<DeskState, "queues">> & {
  readonly queues?: Readonly<Record<string, Queue | null>>;
};

export type Intent =
  | { type: "log_in"; desk: string; take_over: boolean; telephone?: boolean }
  | { type: "log_out" }
  | { type: "request_state"; state: "available" | "not_ready"; reason?: string }
  | { type: "accept_offer"; offer: string }
  | { type: "reject_offer"; offer: string }
  | { type: "hang_up"; call: string }
  | { type: "hold"; call: string }
  | { type: "retrieve"; call: string }
  | { type: "press_digits"; call: string; digits: string }
  | { type: "dial"; called: string; client?: string }
  | { type: "finish_wrap_up"; call: string; disposition: string; note: string }
  | { type: "extend_wrap_up"; call: string }
  | { type: "end_abusive_call"; call: string; reason: string; note: string }
  | { type: "consult"; call: string; called: string }
  | { type: "transfer"; call: string; called: string }
  | { type: "transfer_to_queue"; call: string; queue: string; note: string; skills: readonly { skill: string }[] }
  | { type: "transfer_to_colleague"; call: string; agent: string; note: string }
  | { type: "consult_colleague"; call: string; agent: string; note: string }
  | { type: "accept_consultation"; call: string }
  | { type: "reject_consultation"; call: string }
  | { type: "hand_over"; call: string }
  | { type: "confer"; call: string }
  | { type: "drop_party"; call: string; party: string }
  | { type: "take_callback"; callback: string }
  | { type: "reject_callback"; callback: string };

export interface Problem {
  readonly code: string;
  readonly title?: string;
  readonly detail?: string;
  /** What is wrong with each field of a request. */
  readonly errors?: readonly { readonly field: string; readonly code: string; readonly detail: string }[];
}

export type ClientFrame =
  | { op: "hello"; stream: string | null; last: number; desk: string; take_over: boolean }
  | { op: "intent"; id: number; intent: Intent }
  | { op: "softphone"; message: ToGateway }
  | { op: "ping" };

export type ServerFrame =
  | { op: "snapshot"; stream: string; sequence: number; now: string; state: DeskState }
  | { op: "event"; sequence: number; changes: DeskChanges }
  | { op: "reply"; id: number; ok: true }
  | { op: "reply"; id: number; ok: false; problem: Problem }
  | { op: "softphone"; message: FromGateway }
  | { op: "pong"; now: string }
  | { op: "error"; problem: Problem };

const OPS: readonly string[] = ["snapshot", "event", "reply", "softphone", "pong", "error"];

/** Null for what is not one of our frames: a newer server may say more than this page understands. */
export function parseFrame(text: string): ServerFrame | null {
  try {
    const frame: unknown = JSON.parse(text);
    const op = typeof frame === "object" && frame !== null && "op" in frame ? frame.op : null;
    return typeof op === "string" && OPS.includes(op) ? (frame as ServerFrame) : null;
  } catch {
    return null;
  }
}

export const CLOSED = {
  sessionEnded: 4401,
  tooSlow: 4408,
  takenOver: 4409,
  elsewhere: 4410,
} as const;
