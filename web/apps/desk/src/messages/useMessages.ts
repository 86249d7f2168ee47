/** Messages that are not done, and calls in vain; read anew when the queues' figures change and after each wish. */

import { useCallback, useEffect, useState } from "react";
import { api, type LeftMessage, type MissedCalls, problemOf, UNREACHABLE } from "../app/api.ts";
import { useDesk, useDeskState } from "../app/hooks.ts";
import type { Tenant } from "../link/protocol.ts";
import { type Done, headersOf, messageActs } from "./acts.ts";

const PAGE = 100;

/** `client` is whose it is; null: of the agent's own company. */
export type OwnMessage = LeftMessage & { readonly client: Tenant | null };
export type OwnMissed = MissedCalls & { readonly client: Tenant | null };

export interface Messages {
  readonly items: readonly OwnMessage[];
  readonly missed: readonly OwnMissed[];
  readonly status: "loading" | "ready" | "failed";
  reload(): void;
  take(message: OwnMessage): void;
  giveBack(message: OwnMessage): void;
  /** Resolves to whether it is done; a refusal is shown. */
  finish(message: OwnMessage, done: Done): Promise<boolean>;
}

interface Answered {
  readonly response: Response;
  readonly error?: unknown;
}

interface Read {
  readonly items: readonly OwnMessage[];
  readonly missed: readonly OwnMissed[];
}

/** One's own first, then what is overdue, then as they were left. */
export function inOrder<Left extends LeftMessage>(items: readonly Left[], me: string): Left[] {
  const rank = (item: LeftMessage) => (item.agent_id === me ? 0 : item.overdue ? 1 : 2);
  return [...items].sort((a, b) => rank(a) - rank(b) || Date.parse(a.left_at) - Date.parse(b.left_at));
}

/** Of one company, under the agent's grant there; null: it cannot be read. */
async function readOf(client: Tenant | null): Promise<Read | null> {
  const headers = headersOf(client?.id ?? null);
  const [left, calls] = await Promise.all([
    api.GET("/v1/voicemails", { params: { query: { limit: PAGE } }, headers }).catch(() => null),
    api.GET("/v1/missed-calls", { headers }).catch(() => null),
  ]);
  if (left?.data === undefined || calls?.data === undefined) return null;
  return {
    items: left.data.items.map((item) => ({ ...item, client })),
    missed: calls.data.items.map((item) => ({ ...item, client })),
  };
}

/** What tells that the lists may be others now. */
function useChange(): string {
  return useDeskState(({ me: { state }, voicemail, queues }) => {
    const figures = Object.values(queues).map((queue) => [
      queue.messages,
      queue.messages_overdue,
      queue.abandoned_today,
    ]);
    return JSON.stringify([state, voicemail?.id, figures]);
  });
}

export function useMessages(): Messages {
  const { desk, session } = useDesk();
  const me = session.user.id;
  const clients = useDeskState((state) => state.me.clients);
  const change = useChange();
  const [read, setRead] = useState<Read>({ items: [], missed: [] });
  const [status, setStatus] = useState<Messages["status"]>("loading");

  const reload = useCallback(async () => {
    const [own, ...others] = await Promise.all([null, ...clients].map(readOf));
    // a client that answers no more (its grant has just ended) must not hide the others
    const all = [own, ...others].filter((one) => one !== null && one !== undefined);
    setStatus(own === null ? "failed" : "ready");
    setRead({
      items: inOrder(
        all.flatMap(({ items }) => items),
        me,
      ),
      missed: all.flatMap(({ missed }) => missed),
    });
  }, [me, clients]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `change` is what the reading waits for
  useEffect(() => void reload(), [reload, change]);

  const told = async (asked: Promise<Answered>): Promise<boolean> => {
    const answer = await asked.catch(() => null);
    const done = answer?.response.ok === true;
    if (!done) desk.notices.add(answer === null ? UNREACHABLE : problemOf(answer.error, answer.response.status));
    await reload();
    return done;
  };
  const whose = ({ client }: OwnMessage) => client?.id ?? null;

  return {
    ...read,
    status,
    reload: () => void reload(),
    take: (message) => void told(messageActs.take(message.id, whose(message))),
    giveBack: (message) => void told(messageActs.giveBack(message.id, whose(message))),
    finish: (message, done) => told(messageActs.finish(message.id, whose(message), done)),
  };
}
