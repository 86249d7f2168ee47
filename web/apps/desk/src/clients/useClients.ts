/** The clients that let one see them, as they are now: for the choice, and for the overview of all. */

import { useCallback, useEffect, useRef, useState } from "react";
import { api, type ClientsLive } from "../app/api.ts";

/** Either shows a client's board. */
const WATCHING: readonly string[] = ["live.read", "live.read_team"];

/** A supervisor looks up every few seconds; what changes faster is on one client's board. */
const REFRESH_MS = 5_000;

export interface Clients {
  /** Null: not known yet, or no client has granted one the live view. */
  readonly all: ClientsLive | null;
  readonly status: "loading" | "ready" | "none" | "stale";
  reload(): void;
}

/** Whether any client shows its board to this person; null while nobody answers. */
async function watchesAny(): Promise<boolean | null> {
  const answer = await api.GET("/v1/session/grants").catch(() => null);
  if (answer?.data === undefined) return null;
  return answer.data.items.some(({ permissions }) => permissions.some((one) => WATCHING.includes(one)));
}

/** All clients; else why not. */
async function readAll(): Promise<ClientsLive | "none" | "stale"> {
  const answer = await api.GET("/v1/live/clients").catch(() => null);
  return answer?.data ?? (answer?.response.status === 403 ? "none" : "stale");
}

export function useClients(): Clients {
  const [all, setAll] = useState<ClientsLive | null>(null);
  const [status, setStatus] = useState<Clients["status"]>("loading");
  const watches = useRef<boolean | null>(null);
  const reload = useCallback(async () => {
    watches.current ??= await watchesAny();
    if (watches.current !== true) {
      setStatus(watches.current === null ? "stale" : "none");
      return;
    }
    const found = await readAll();
    if (typeof found === "object") setAll(found);
    setStatus(typeof found === "object" ? "ready" : found);
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
