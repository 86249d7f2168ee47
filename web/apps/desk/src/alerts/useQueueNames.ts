/** The queues of a company, by name, for choices. */

import { useEffect, useState } from "react";
import { actingIn, api } from "../app/api.ts";

const MOST = 200;

export interface NamedQueue {
  readonly id: string;
  readonly name: string;
}

/** Null while they are on their way; none where they cannot be had. */
export function useQueueNames(client: string | null = null): readonly NamedQueue[] | null {
  const [queues, setQueues] = useState<readonly NamedQueue[] | null>(null);
  useEffect(() => {
    let current = true;
    const read = async () => {
      const answer = await api
        .GET("/v1/queues", { params: { query: { limit: MOST } }, headers: actingIn(client) })
        .catch(() => null);
      const found = (answer?.data?.items ?? []).map(({ id, name }) => ({ id, name }));
      if (current) setQueues(found.sort((a, b) => a.name.localeCompare(b.name)));
    };
    void read();
    return () => {
      current = false;
    };
  }, [client]);
  return queues;
}
