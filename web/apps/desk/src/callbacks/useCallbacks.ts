/** Promised callbacks that are not done; read anew when the agent's state changes and after each wish. */

import { useCallback, useEffect, useState } from "react";
import { api, type PromisedCallback, problemOf, UNREACHABLE } from "../app/api.ts";
import { useDesk, useDeskState } from "../app/hooks.ts";

const PAGE = 100;

export interface Wanted {
  readonly queue_id: string;
  readonly number: string;
  readonly due: string | null;
  readonly agent_id: string | null;
}

export interface Callbacks {
  readonly items: readonly PromisedCallback[];
  readonly status: "loading" | "ready" | "failed";
  reload(): void;
  /** Resolves to whether it was promised; a refusal is shown. */
  promise(wanted: Wanted): Promise<boolean>;
  cancel(id: string): void;
}

interface Answered {
  readonly response: Response;
  readonly error?: unknown;
}

/** Those that wait for longest first; appointments by their time. */
export function inOrder(items: readonly PromisedCallback[]): PromisedCallback[] {
  return [...items].sort((a, b) => Date.parse(a.due ?? a.since) - Date.parse(b.due ?? b.since));
}

export function useCallbacks(): Callbacks {
  const { desk } = useDesk();
  const change = useDeskState((state) => `${state.me.state}:${state.callback?.id ?? ""}`);
  const [items, setItems] = useState<readonly PromisedCallback[]>([]);
  const [status, setStatus] = useState<Callbacks["status"]>("loading");

  const reload = useCallback(async () => {
    const answer = await api.GET("/v1/callbacks", { params: { query: { limit: PAGE } } }).catch(() => null);
    if (answer?.data !== undefined) setItems(inOrder(answer.data.items));
    setStatus(answer?.data === undefined ? "failed" : "ready");
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `change` is what the reading waits for
  useEffect(() => void reload(), [reload, change]);

  const told = async (asked: Promise<Answered>): Promise<boolean> => {
    const answer = await asked.catch(() => null);
    const done = answer?.response.ok === true;
    if (!done) desk.notices.add(answer === null ? UNREACHABLE : problemOf(answer.error, answer.response.status));
    await reload();
    return done;
  };

  return {
    items,
    status,
    reload: () => void reload(),
    promise: (wanted) => told(api.POST("/v1/callbacks", { body: wanted })),
    cancel: (id) => void told(api.DELETE("/v1/callbacks/{id}", { params: { path: { id } } })),
  };
}
