/** Who is logged in to this page. */

import { Store } from "@cordboard/softphone";
import type { Problem } from "../link/protocol.ts";
import { api, problemOf, type Session, UNREACHABLE } from "./api.ts";

export type SessionView =
  | { readonly status: "loading" | "unreachable"; readonly session: null; readonly ended: boolean }
  | { readonly status: "anonymous"; readonly session: null; readonly ended: boolean }
  | { readonly status: "present"; readonly session: Session; readonly ended: false };

const RETRY_MS = 3_000;

export class SessionKeeper {
  readonly store = new Store<SessionView>({ status: "loading", session: null, ended: false });
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Looks whether the cookie is good; asks again by itself while the server does not answer. */
  async load(): Promise<void> {
    clearTimeout(this.timer);
    const answer = await api.GET("/v1/session").catch(() => null);
    if (answer?.data !== undefined) {
      this.store.set({ status: "present", session: answer.data, ended: false });
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
    this.store.set({ status: "present", session: answer.data, ended: false });
    return null;
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
