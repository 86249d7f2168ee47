/** This agent's calls of all companies they answer for, newest first; read anew when a call or its wrap-up is over. */

import { useCallback, useEffect, useState } from "react";
import { api } from "../app/api.ts";
import type { Tenant } from "../link/protocol.ts";
import { merged, NOTHING_READ, type OwnCall, type Source, withPage } from "./sources.ts";

const PAGE = 20;
/** A recording is stored and the record folded shortly after the hang-up; reading at once would miss them. */
const SETTLE_MS = 1_500;

export interface CallHistory {
  readonly calls: readonly OwnCall[];
  readonly status: "loading" | "ready" | "failed";
  readonly hasMore: boolean;
  reload(): void;
  more(): void;
}

/** A client's calls are read under the agent's grant there. */
async function readPage(agent: string, client: Tenant | null, cursor: string | null) {
  const query = { agent_id: agent, limit: PAGE, ...(cursor === null ? {} : { cursor }) };
  const headers = client === null ? {} : { "Cordboard-Client": client.id };
  const answer = await api.GET("/v1/calls", { params: { query }, headers }).catch(() => null);
  const page = answer?.data ?? null;
  return page === null ? null : { items: page.items, cursor: page.next_cursor ?? null };
}

interface Read {
  readonly sources: readonly Source[];
  readonly status: CallHistory["status"];
}

/** `change` names the moment: the present call and the agent's state; a new one brings a new reading. */
export function useHistory(agent: string, clients: readonly Tenant[], change: string): CallHistory {
  const [read, setRead] = useState<Read>({ sources: [], status: "loading" });

  const reload = useCallback(async () => {
    const places = [null, ...clients];
    const pages = await Promise.all(places.map((client) => readPage(agent, client, null)));
    setRead((before) => {
      // a client that answers no more (its grant has just ended) must not hide the others
      if (pages[0] === null) return { ...before, status: before.sources.length > 0 ? "ready" : "failed" };
      return {
        sources: places.map((client, at) => withPage(NOTHING_READ(client), pages[at] ?? null)),
        status: "ready",
      };
    });
  }, [agent, clients]);

  const more = useCallback(async () => {
    const sources = await Promise.all(
      read.sources.map(async (source) =>
        source.cursor === null ? source : withPage(source, await readPage(agent, source.client, source.cursor)),
      ),
    );
    setRead({ sources, status: "ready" });
  }, [agent, read.sources]);

  useEffect(() => void reload(), [reload]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `change` is what the reading waits for
  useEffect(() => {
    const timer = setTimeout(() => void reload(), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [change, reload]);

  return {
    calls: merged(read.sources),
    status: read.status,
    hasMore: read.sources.some(({ cursor }) => cursor !== null),
    reload: () => void reload(),
    more: () => void more(),
  };
}
