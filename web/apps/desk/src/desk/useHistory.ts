/** This agent's calls, newest first; read anew when a call or its wrap-up is over. */

import { useCallback, useEffect, useState } from "react";
import { api, type CallRecord } from "../app/api.ts";

const PAGE = 20;
/** A recording is stored and the record folded shortly after the hang-up; reading at once would miss them. */
const SETTLE_MS = 1_500;

export interface CallHistory {
  readonly calls: readonly CallRecord[];
  readonly status: "loading" | "ready" | "failed";
  readonly hasMore: boolean;
  reload(): void;
  more(): void;
}

interface Pages {
  readonly calls: readonly CallRecord[];
  readonly status: CallHistory["status"];
  readonly cursor: string | null;
}

async function readPage(agent: string, cursor: string | null) {
  const query = { agent_id: agent, limit: PAGE, ...(cursor === null ? {} : { cursor }) };
  const answer = await api.GET("/v1/calls", { params: { query } }).catch(() => null);
  return answer?.data ?? null;
}

/** `change` names the moment: the present call and the agent's state; a new one brings a new reading. */
export function useHistory(agent: string, change: string): CallHistory {
  const [pages, setPages] = useState<Pages>({ calls: [], status: "loading", cursor: null });

  const reload = useCallback(async () => {
    const page = await readPage(agent, null);
    setPages((before) =>
      page === null
        ? { ...before, status: before.calls.length > 0 ? "ready" : "failed" }
        : { calls: page.items, status: "ready", cursor: page.next_cursor ?? null },
    );
  }, [agent]);

  const more = useCallback(async () => {
    const page = await readPage(agent, pages.cursor);
    if (page === null) return;
    setPages((before) => ({
      calls: [...before.calls, ...page.items],
      status: "ready",
      cursor: page.next_cursor ?? null,
    }));
  }, [agent, pages.cursor]);

  useEffect(() => void reload(), [reload]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `change` is what the reading waits for
  useEffect(() => {
    const timer = setTimeout(() => void reload(), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [change, reload]);

  return {
    calls: pages.calls,
    status: pages.status,
    hasMore: pages.cursor !== null,
    reload: () => void reload(),
    more: () => void more(),
  };
}
