/** Alerts as they were, by the filters of the address: read anew as long as only the newest are shown. */

import { useCallback } from "react";
import { actingIn, api, type PastAlert, problemOf, UNREACHABLE } from "../app/api.ts";
import { useDesk } from "../app/hooks.ts";
import { usePages } from "../app/usePages.ts";

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
  const clock = desk.connection.clock;

  const ask = useCallback(
    async (before: string | null) => {
      const query = queryOf({ queue, hours, stand }, clock.now());
      const cursor = before === null ? {} : { cursor: before };
      const answer = await api
        .GET("/v1/alerts", { params: { query: { ...query, ...cursor } }, headers: actingIn(client) })
        .catch(() => null);
      if (answer?.data === undefined) return [403, 404].includes(answer?.response.status ?? 0) ? "refused" : null;
      return { items: answer.data.items, next: answer.data.next_cursor ?? null };
    },
    [client, queue, hours, stand, clock],
  );
  const { items, status, more, reload, readMore, change } = usePages<PastAlert, string>(ask, REFRESH_MS);

  const acknowledge = async (id: string): Promise<boolean> => {
    const answer = await api
      .POST("/v1/alerts/{id}/acknowledgement", { params: { path: { id } }, headers: actingIn(client) })
      .catch(() => null);
    const told = answer?.data;
    if (told !== undefined) {
      change((one) => (one.id === id ? told : one));
      return true;
    }
    desk.notices.add(answer === null ? UNREACHABLE : problemOf(answer.error, answer.response.status));
    void reload();
    return false;
  };

  return { items, status, more, reload: () => void reload(), readMore, acknowledge };
}
