/** Alerts as they were, by the filters of the address: read anew as long as only the newest are shown. */

import { useCallback, useEffect, useRef, useState } from "react";
import { actingIn, api, type PastAlert, problemOf, UNREACHABLE } from "../app/api.ts";
import { useDesk } from "../app/hooks.ts";

const PAGE = 50;
const REFRESH_MS = 15_000; // as raised as on the board within a glance or two
const HOUR_MS = 3_600_000;

/** How far back, in hours; "" is as long as alerts are kept. */
export const SPANS = ["24", "168", "720", ""] as const;
export const STANDS = ["", "raised", "over"] as const;

export interface AlertFilter {
  readonly queue: string;
  readonly hours: (typeof SPANS)[number];
  readonly stand: (typeof STANDS)[number];
}

export interface Alerts {
  readonly items: readonly PastAlert[];
  readonly status: "loading" | "ready" | "stale" | "failed" | "refused";
  readonly more: boolean;
  reload(): void;
  readMore(): void;
  /** Resolves to whether one looks after it now; a refusal is shown. */
  acknowledge(id: string): Promise<boolean>;
}

interface Read {
  readonly items: readonly PastAlert[];
  readonly cursor: string | null;
  readonly pages: number;
}

const NOTHING: Read = { items: [], cursor: null, pages: 0 };

export function queryOf({ queue, hours, stand }: AlertFilter, now: number) {
  return {
    limit: PAGE,
    ...(queue === "" ? {} : { queue_id: queue }),
    ...(hours === "" ? {} : { since: new Date(now - Number(hours) * HOUR_MS).toISOString() }),
    ...(stand === "" ? {} : { raised: stand === "raised" }),
  };
}

export function useAlerts(client: string | null, filter: AlertFilter): Alerts {
  const { desk } = useDesk();
  const { queue, hours, stand } = filter;
  const [read, setRead] = useState<Read>(NOTHING);
  const [status, setStatus] = useState<Alerts["status"]>("loading");
  const latest = useRef(0);
  const clock = desk.connection.clock;

  const ask = useCallback(
    async (before: Read) => {
      latest.current += 1;
      const mine = latest.current;
      const query = queryOf({ queue, hours, stand }, clock.now());
      const cursor = before.cursor === null ? {} : { cursor: before.cursor };
      const answer = await api
        .GET("/v1/alerts", { params: { query: { ...query, ...cursor } }, headers: actingIn(client) })
        .catch(() => null);
      if (mine !== latest.current) return; // another filter was chosen meanwhile
      if (answer?.data === undefined) {
        const refused = [403, 404].includes(answer?.response.status ?? 0);
        setStatus((was) => (refused ? "refused" : was === "ready" || was === "stale" ? "stale" : "failed"));
        return;
      }
      const { items, next_cursor } = answer.data;
      setRead({ items: [...before.items, ...items], cursor: next_cursor ?? null, pages: before.pages + 1 });
      setStatus("ready");
    },
    [client, queue, hours, stand, clock],
  );
  useEffect(() => {
    setStatus("loading");
    void ask(NOTHING);
  }, [ask]);
  const onlyNewest = read.pages <= 1;
  useEffect(() => {
    if (!onlyNewest) return undefined;
    const timer = setInterval(() => void ask(NOTHING), REFRESH_MS);
    return () => clearInterval(timer);
  }, [ask, onlyNewest]);

  const acknowledge = async (id: string): Promise<boolean> => {
    const answer = await api
      .POST("/v1/alerts/{id}/acknowledgement", { params: { path: { id } }, headers: actingIn(client) })
      .catch(() => null);
    const told = answer?.data;
    if (told !== undefined) {
      setRead((now) => ({ ...now, items: now.items.map((one) => (one.id === id ? told : one)) }));
      return true;
    }
    desk.notices.add(answer === null ? UNREACHABLE : problemOf(answer.error, answer.response.status));
    void ask(NOTHING);
    return false;
  };

  return {
    items: read.items,
    status,
    more: read.cursor !== null,
    reload: () => void ask(NOTHING),
    readMore: () => void ask(read),
    acknowledge,
  };
}
