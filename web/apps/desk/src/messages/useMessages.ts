/** Messages that are not done, and calls in vain; read anew when the queues' figures change and after each wish. */

import { useCallback, useEffect, useState } from "react";
import { api, type LeftMessage, type MissedCalls, problemOf, UNREACHABLE } from "../app/api.ts";
import { useDesk, useDeskState } from "../app/hooks.ts";

const PAGE = 100;

export interface Done {
  readonly disposition: string;
  readonly note: string;
}

export interface Messages {
  readonly items: readonly LeftMessage[];
  readonly missed: readonly MissedCalls[];
  readonly status: "loading" | "ready" | "failed";
  reload(): void;
  take(id: string): void;
  giveBack(id: string): void;
  /** Resolves to whether it is done; a refusal is shown. */
  finish(id: string, done: Done): Promise<boolean>;
}

interface Answered {
  readonly response: Response;
  readonly error?: unknown;
}

/** One's own first, then what is overdue, then as they were left. */
export function inOrder(items: readonly LeftMessage[], me: string): LeftMessage[] {
  const rank = (item: LeftMessage) => (item.agent_id === me ? 0 : item.overdue ? 1 : 2);
  return [...items].sort((a, b) => rank(a) - rank(b) || Date.parse(a.left_at) - Date.parse(b.left_at));
}

export function useMessages(): Messages {
  const { desk, session } = useDesk();
  const me = session.user.id;
  const change = useDeskState(({ me: { state }, queues }) => {
    const figures = Object.values(queues).map((queue) => [
      queue.messages,
      queue.messages_overdue,
      queue.abandoned_today,
    ]);
    return JSON.stringify([state, figures]);
  });
  const [items, setItems] = useState<readonly LeftMessage[]>([]);
  const [missed, setMissed] = useState<readonly MissedCalls[]>([]);
  const [status, setStatus] = useState<Messages["status"]>("loading");

  const reload = useCallback(async () => {
    const [left, calls] = await Promise.all([
      api.GET("/v1/voicemails", { params: { query: { limit: PAGE } } }).catch(() => null),
      api.GET("/v1/missed-calls").catch(() => null),
    ]);
    if (left?.data !== undefined) setItems(inOrder(left.data.items, me));
    if (calls?.data !== undefined) setMissed(calls.data.items);
    setStatus(left?.data === undefined || calls?.data === undefined ? "failed" : "ready");
  }, [me]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `change` is what the reading waits for
  useEffect(() => void reload(), [reload, change]);

  const told = async (asked: Promise<Answered>): Promise<boolean> => {
    const answer = await asked.catch(() => null);
    const done = answer?.response.ok === true;
    if (!done) desk.notices.add(answer === null ? UNREACHABLE : problemOf(answer.error, answer.response.status));
    await reload();
    return done;
  };
  const of = (id: string) => ({ params: { path: { id } } });

  return {
    items,
    missed,
    status,
    reload: () => void reload(),
    take: (id) => void told(api.POST("/v1/voicemails/{id}/take", of(id))),
    giveBack: (id) => void told(api.POST("/v1/voicemails/{id}/give-back", of(id))),
    finish: (id, done) => told(api.POST("/v1/voicemails/{id}/finish", { ...of(id), body: done })),
  };
}
