/** The agent at this desk, as the server tells. */

export type AgentState = "logged_out" | "not_ready" | "available" | "offered" | "connected" | "wrap_up";

/** Why an agent cannot be reached. */
export type Fault = "connection" | "microphone" | "audio_path" | "telephone";

export interface Tenant {
  readonly id: string;
  readonly name: string;
}

/** `tenant` is the agent's own; `clients` are those whose calls reach this desk besides. `fault`: why not reachable. */
export interface Me {
  readonly id: string;
  readonly name: string;
  readonly state: AgentState;
  readonly reason: string;
  readonly since: string | null;
  readonly until: string | null;
  readonly requested: AgentState | null;
  readonly requested_reason: string;
  readonly reachable: boolean;
  readonly fault: Fault;
  /** Calls are taken by the telephone and not in the browser. */
  readonly telephone: boolean;
  /** The telephone that may be worked by: its user name, or a number. */
  readonly own_telephone: string | null;
  readonly telephone_only: boolean;
  /** How the line stands that is kept up to the telephone between calls; `down` of telephones called for each call. */
  readonly line: "down" | "ringing" | "confirming" | "up" | "paused";
  readonly queues: readonly string[];
  readonly tenant: Tenant;
  readonly clients: readonly Tenant[];
}
