/** What a supervisor may do from the board; a refusal is shown like any other. */

import { actingIn, api, problemOf, UNREACHABLE } from "../app/api.ts";
import type { DeskSession } from "../app/desk-session.ts";
import type { Supervision } from "../link/protocol.ts";

export type ForcedState = "available" | "not_ready" | "logged_out";

interface Answered {
  readonly response: Response;
  readonly error?: unknown;
}

export class SupervisorActs {
  private readonly desk: DeskSession;
  private readonly headers: Record<string, string>;

  /** `client`: the one whose board it is; null: one's own company's. */
  constructor(desk: DeskSession, client: string | null = null) {
    this.desk = desk;
    this.headers = actingIn(client);
  }

  supervise(id: string, manner: Supervision["manner"]): Promise<boolean> {
    return this.told(
      api.PUT("/v1/calls/{id}/supervision", { params: { path: { id } }, headers: this.headers, body: { manner } }),
    );
  }

  leave(id: string): Promise<boolean> {
    return this.told(api.DELETE("/v1/calls/{id}/supervision", { params: { path: { id } }, headers: this.headers }));
  }

  takeOver(id: string): Promise<boolean> {
    return this.told(api.POST("/v1/calls/{id}/take-over", { params: { path: { id } }, headers: this.headers }));
  }

  /** With the time waited so far. */
  move(id: string, queue_id: string): Promise<boolean> {
    return this.told(
      api.POST("/v1/calls/{id}/move", { params: { path: { id } }, headers: this.headers, body: { queue_id } }),
    );
  }

  /** Out of turn: at once to this desk, or offered to an agent who is free. */
  pick(id: string, agent_id: string | null = null): Promise<boolean> {
    const body = agent_id === null ? {} : { agent_id };
    return this.told(api.POST("/v1/calls/{id}/pick", { params: { path: { id } }, headers: this.headers, body }));
  }

  force(id: string, state: ForcedState): Promise<boolean> {
    return this.told(
      api.PUT("/v1/users/{id}/agent-state", {
        params: { path: { id } },
        headers: this.headers,
        body: { state, reason: "" },
      }),
    );
  }

  /** Says that one looks after it; who was first stays. */
  acknowledge(id: string): Promise<boolean> {
    return this.told(api.POST("/v1/alerts/{id}/acknowledgement", { params: { path: { id } }, headers: this.headers }));
  }

  private async told(asked: Promise<Answered>): Promise<boolean> {
    const answer = await asked.catch(() => null);
    if (answer?.response.ok === true) return true;
    this.desk.notices.add(answer === null ? UNREACHABLE : problemOf(answer.error, answer.response.status));
    return false;
  }
}
