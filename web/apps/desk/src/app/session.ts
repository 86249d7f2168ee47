/** Who is logged in to this page. */

import { Store } from "@cordboard/softphone";
import type { Problem } from "../link/protocol.ts";
import { api, type Enrolment, problemOf, type Session, type SignOnChoice, UNREACHABLE } from "./api.ts";

export type SessionView =
  | { readonly status: "loading" | "unreachable"; readonly session: null; readonly ended: boolean }
  | { readonly status: "anonymous"; readonly session: null; readonly ended: boolean }
  | { readonly status: "present"; readonly session: Session; readonly ended: false };

/** A refusal of the log-in that lets it go on: with a code, or with setting up an authenticator first. */
export interface TicketProblem extends Problem {
  readonly ticket: string;
}

export type Proof = { readonly code: string } | { readonly recovery_code: string };

const RETRY_MS = 3_000;

export function hasTicket(problem: Problem): problem is TicketProblem {
  return "ticket" in problem && typeof problem.ticket === "string";
}

export class SessionKeeper {
  readonly store = new Store<SessionView>({ status: "loading", session: null, ended: false });
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Looks whether the cookie is good; asks again by itself while the server does not answer. */
  async load(): Promise<void> {
    clearTimeout(this.timer);
    const answer = await api.GET("/v1/session").catch(() => null);
    if (answer?.data !== undefined) {
      this.enter(answer.data);
    } else if (answer?.response.status === 401) {
      this.store.set({ status: "anonymous", session: null, ended: false });
    } else {
      this.store.set({ status: "unreachable", session: null, ended: false });
      this.timer = setTimeout(() => void this.load(), RETRY_MS);
    }
  }

  /** Null when it worked. */
  async logIn(email: string, password: string): Promise<Problem | null> {
    const answer = await api.POST("/v1/session", { body: { email, password } }).catch(() => null);
    if (answer === null) return UNREACHABLE;
    if (answer.data === undefined) return problemOf(answer.error, answer.response.status);
    this.enter(answer.data);
    return null;
  }

  /** The second step; where it set up an authenticator, the session waits for `enter` until the codes were seen. */
  async prove(ticket: string, proof: Proof): Promise<Problem | { session: Session; codes: readonly string[] }> {
    const answer = await api.POST("/v1/session/second-factor", { body: { ticket, ...proof } }).catch(() => null);
    if (answer === null) return UNREACHABLE;
    if (answer.data === undefined) return problemOf(answer.error, answer.response.status);
    const codes = answer.data.recovery_codes ?? [];
    if (codes.length === 0) this.enter(answer.data);
    return { session: answer.data, codes };
  }

  async enrol(ticket: string): Promise<Problem | Enrolment> {
    const answer = await api.POST("/v1/session/enrolment", { body: { ticket } }).catch(() => null);
    if (answer === null) return UNREACHABLE;
    return answer.data ?? problemOf(answer.error, answer.response.status);
  }

  /** Where people of this e-mail domain may log in; only the domain leaves the page. */
  async signOns(email: string): Promise<readonly SignOnChoice[]> {
    const domain = email.slice(email.lastIndexOf("@"));
    if (!/^@[^@\s]+\.[^@\s]{2,}$/.test(domain)) return [];
    const answer = await api.GET("/v1/sign-on", { params: { query: { email: domain } } }).catch(() => null);
    return answer?.data?.providers ?? [];
  }

  enter(session: Session): void {
    this.store.set({ status: "present", session, ended: false });
  }

  async logOut(): Promise<void> {
    await api.DELETE("/v1/session").catch(() => null);
    this.store.set({ status: "anonymous", session: null, ended: false });
  }

  /** While the desk cannot connect: is it the network, or is the session over? */
  async confirm(): Promise<void> {
    const answer = await api.GET("/v1/session").catch(() => null);
    if (answer?.response.status === 401) this.end();
  }

  end(): void {
    this.store.set({ status: "anonymous", session: null, ended: true });
  }
}
