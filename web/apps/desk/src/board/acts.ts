/** What a supervisor may do from the board; a refusal is shown like any other. */

import { api, problemOf, UNREACHABLE } from "../app/api.ts";
import type { DeskSession } from "../app/desk-session.ts";
import type { Supervision } from "../link/protocol.ts";

export type ForcedState = "available" | "not_ready" | "logged_out";

interface Answered {
  readonly response: Response;
  readonly error?: unknown;
}

export class SupervisorActs {
  private readonly desk: DeskSession;

  constructor(desk: DeskSession) {
    this.desk = desk;
  }

  supervise(id: string, manner: Supervision["manner"]): Promise<boolean> {
    return this.told(api.PUT("/v1/calls/{id}/supervision", { params: { path: { id } }, body: { manner } }));
  }

  leave(id: string): Promise<boolean> {
    return this.told(api.DELETE("/v1/calls/{id}/supervision", { params: { path: { id } } }));
  }

  takeOver(id: string): Promise<boolean> {
    return this.told(api.POST("/v1/calls/{id}/take-over", { params: { path: { id } } }));
  }

  /** With the time waited so far. */
  move(id: string, queue_id: string): Promise<boolean> {
    return this.told(api.POST("/v1/calls/{id}/move", { params: { path: { id } }, body: { queue_id } }));
  }

  /** Out of turn: at once to this desk, or offered to an agent who is free. */
  pick(id: string, agent_id: string | null = null): Promise<boolean> {
    const body = agent_id === null ? {} : { agent_id };
    return this.told(api.POST("/v1/calls/{id}/pick", { params: { path: { id } }, body }));
  }

  force(id: string, state: ForcedState): Promise<boolean> {
    return this.told(api.PUT("/v1/users/{id}/agent-state", { params: { path: { id } }, body: { state, reason: "" } }));
  }

  private async told(asked: Promise<Answered>): Promise<boolean> {
    const answer = await asked.catch(() => null);
    if (answer?.response.ok === true) return true;
    this.desk.notices.add(answer === null ? UNREACHABLE : problemOf(answer.error, answer.response.status));
    return false;
  }
}
