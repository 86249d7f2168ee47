/** Whom a call can be passed on to: queues and colleagues of the company whose call it is, as they are now. */

import { useEffect, useState } from "react";
import { actingIn, api } from "../app/api.ts";
import { useDesk, useDeskState } from "../app/hooks.ts";
import type { AgentState, Call, Queue } from "../link/protocol.ts";

export interface QueueTarget {
  readonly id: string;
  readonly name: string;
  readonly free: number;
  readonly skills: readonly string[];
}

export interface ColleagueTarget {
  readonly id: string;
  readonly name: string;
  readonly state: AgentState;
  readonly free: boolean;
}

export interface Targets {
  readonly queues: readonly QueueTarget[];
  readonly colleagues: readonly ColleagueTarget[];
}

/** A colleague's state lasts longer; who is looked at has mostly been free for a while. */
const REFRESH_MS = 3_000;

/** A client's are read under the agent's grant there. */
async function readTargets(headers: Record<string, string>): Promise<Targets | null> {
  const answer = await api.GET("/v1/transfer-targets", { headers }).catch(() => null);
  return answer?.data ?? null;
}

/** While they are on their way, or cannot be had: the queues that the desk shows. */
function shownQueues(seen: Readonly<Record<string, Queue>>, call: Call): Targets {
  const own = Object.values(seen).filter((queue) => queue.client.id === call.client.id);
  return {
    queues: own.map(({ id, name, agents_available: free }) => ({ id, name, free, skills: [] })),
    colleagues: [],
  };
}

export function useTargets(call: Call): Targets {
  const { session } = useDesk();
  const seen = useDeskState((state) => state.queues);
  const [read, setRead] = useState<Targets | null>(null);
  const client = call.client.id === session.tenant.id ? null : call.client.id;
  useEffect(() => {
    let current = true;
    const refresh = () =>
      void readTargets(actingIn(client)).then((found) => current && found !== null && setRead(found));
    refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [client]);
  const found = read ?? shownQueues(seen, call);
  const queues = found.queues.filter(({ id }) => id !== call.queue_id);
  return { ...found, queues: [...queues].sort((a, b) => a.name.localeCompare(b.name)) };
}
