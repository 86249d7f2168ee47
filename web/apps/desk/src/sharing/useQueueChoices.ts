/** The queues of the company whose call it is; all of them, not only those that this agent serves. */

import { useEffect, useState } from "react";
import { api } from "../app/api.ts";
import { useDesk, useDeskState } from "../app/hooks.ts";
import type { Call, Queue } from "../link/protocol.ts";

export interface QueueChoice {
  readonly id: string;
  readonly name: string;
  /** Agents who are free now; null where this desk does not see the queue. */
  readonly free: number | null;
}

const PAGE = 100;

type Named = Pick<QueueChoice, "id" | "name">;

/** A client's queues are read under the agent's grant there. */
async function readQueues(headers: Record<string, string>): Promise<readonly Named[] | null> {
  const answer = await api.GET("/v1/queues", { params: { query: { limit: PAGE } }, headers }).catch(() => null);
  return answer?.data?.items ?? null;
}

export function choicesOf(named: readonly Named[], seen: Readonly<Record<string, Queue>>, call: Call): QueueChoice[] {
  return named
    .filter(({ id }) => id !== call.queue_id)
    .map(({ id, name }) => ({ id, name, free: seen[id]?.agents_available ?? null }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** While the list is on its way, or cannot be had, those that the desk shows. */
export function useQueueChoices(call: Call): readonly QueueChoice[] {
  const { session } = useDesk();
  const seen = useDeskState((state) => state.queues);
  const [named, setNamed] = useState<readonly Named[] | null>(null);
  const client = call.client.id === session.tenant.id ? null : call.client.id;
  useEffect(() => {
    let current = true;
    void readQueues(client === null ? {} : { "Cordboard-Client": client }).then((found) => current && setNamed(found));
    return () => {
      current = false;
    };
  }, [client]);
  const own = Object.values(seen).filter((queue) => queue.client.id === call.client.id);
  return choicesOf(named ?? own, seen, call);
}
