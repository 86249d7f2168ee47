/** One queue's settings with the version that was read, and the calendars that can be chosen. */

import { useCallback, useEffect, useState } from "react";
import { api, type CallbackRules, problemOf, type QueueSettings, UNREACHABLE } from "../app/api.ts";
import type { Problem } from "../link/protocol.ts";
import type { Usable } from "./rules.ts";

const MOST = 200;

export interface ReadQueue {
  readonly queue: QueueSettings;
  readonly version: string;
}

export interface QueueSettingsView {
  readonly read: ReadQueue | null;
  readonly status: "loading" | "ready" | "gone" | "failed";
  reload(): Promise<void>;
  /** Null when it is saved. */
  save(rules: Usable): Promise<Problem | null>;
}

/** What the server answers has every field. */
function rulesIn({ queue }: ReadQueue): CallbackRules {
  return queue.waiting.callbacks as CallbackRules;
}

export function callbacksOf(read: ReadQueue): Usable {
  return rulesIn(read) as Usable;
}

export function useQueueSettings(id: string): QueueSettingsView {
  const [read, setRead] = useState<ReadQueue | null>(null);
  const [status, setStatus] = useState<QueueSettingsView["status"]>("loading");

  const reload = useCallback(async () => {
    const answer = await api.GET("/v1/queues/{id}", { params: { path: { id } } }).catch(() => null);
    if (answer?.data !== undefined) {
      setRead({ queue: answer.data, version: answer.response.headers.get("etag") ?? "" });
      setStatus("ready");
    } else setStatus(answer?.response.status === 404 ? "gone" : "failed");
  }, [id]);
  useEffect(() => void reload(), [reload]);

  const save = async (callbacks: Usable): Promise<Problem | null> => {
    if (read === null) return UNREACHABLE;
    const answer = await api
      .PATCH("/v1/queues/{id}", {
        params: { path: { id }, header: { "If-Match": read.version } },
        body: { waiting: { ...read.queue.waiting, callbacks: { ...rulesIn(read), ...callbacks } } },
      })
      .catch(() => null);
    if (answer === null) return UNREACHABLE;
    if (answer.data === undefined) return problemOf(answer.error, answer.response.status);
    setRead({ queue: answer.data, version: answer.response.headers.get("etag") ?? "" });
    return null;
  };

  return { read, status, reload, save };
}

/** By name; null where one may not see them, or they are not read yet. */
export function useCalendarNames(): readonly string[] | null {
  const [names, setNames] = useState<readonly string[] | null>(null);
  useEffect(() => {
    const read = async () => {
      const answer = await api.GET("/v1/calendars", { params: { query: { limit: MOST } } }).catch(() => null);
      if (answer?.data !== undefined) setNames(answer.data.items.map(({ name }) => name).sort());
    };
    void read();
  }, []);
  return names;
}
