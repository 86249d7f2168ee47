/** The clients that let one see them, as they are now: for the choice, and for the overview of all. */

import { useCallback, useEffect, useState } from "react";
import { api, type ClientsLive } from "../app/api.ts";

/** A supervisor looks up every few seconds; what changes faster is on one client's board. */
const REFRESH_MS = 5_000;

export interface Clients {
  /** Null: not known yet, or one's company is no provider. */
  readonly all: ClientsLive | null;
  readonly status: "loading" | "ready" | "none" | "stale";
  reload(): void;
}

export function useClients(): Clients {
  const [all, setAll] = useState<ClientsLive | null>(null);
  const [status, setStatus] = useState<Clients["status"]>("loading");
  const reload = useCallback(async () => {
    const answer = await api.GET("/v1/live/clients").catch(() => null);
    if (answer?.data !== undefined) {
      setAll(answer.data);
      setStatus("ready");
    } else {
      const refused = answer?.response.status === 403;
      setStatus((before) => (refused ? "none" : before === "none" ? "none" : "stale"));
    }
  }, []);
  const asks = status !== "none";
  useEffect(() => {
    if (!asks) return undefined;
    void reload();
    const timer = setInterval(() => void reload(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [reload, asks]);
  return { all, status, reload: () => void reload() };
}
