/** A list that comes page by page: read anew as long as only its first page is shown, longer as one asks for more. */

import { useCallback, useEffect, useRef, useState } from "react";

export interface Page<Item, Cursor> {
  readonly items: readonly Item[];
  /** Null: it is the last one. */
  readonly next: Cursor | null;
}

/** "refused": one may not see it, or it is gone; null: nobody answers. */
export type Ask<Item, Cursor> = (cursor: Cursor | null) => Promise<Page<Item, Cursor> | "refused" | null>;

export interface Pages<Item> {
  readonly items: readonly Item[];
  readonly status: "loading" | "ready" | "stale" | "failed" | "refused";
  readonly more: boolean;
  reload(): Promise<void>;
  readMore(): void;
  /** What is known of some of them before they are read anew. */
  change(item: (one: Item) => Item): void;
}

interface Read<Item, Cursor> extends Page<Item, Cursor> {
  readonly pages: number;
}

/** `ask` is another one whenever something else is asked for: keep it by useCallback. */
export function usePages<Item, Cursor>(ask: Ask<Item, Cursor>, refreshMs: number): Pages<Item> {
  const [read, setRead] = useState<Read<Item, Cursor>>({ items: [], next: null, pages: 0 });
  const [status, setStatus] = useState<Pages<Item>["status"]>("loading");
  const latest = useRef(0);

  const readAfter = useCallback(
    async (before: Read<Item, Cursor>) => {
      latest.current += 1;
      const mine = latest.current;
      const answer = await ask(before.next).catch(() => null);
      if (mine !== latest.current) return; // something else was asked for meanwhile
      if (answer === null || answer === "refused") {
        setStatus((was) => (answer !== null ? "refused" : was === "ready" || was === "stale" ? "stale" : "failed"));
        return;
      }
      setRead({ items: [...before.items, ...answer.items], next: answer.next, pages: before.pages + 1 });
      setStatus("ready");
    },
    [ask],
  );
  const reload = useCallback(() => readAfter({ items: [], next: null, pages: 0 }), [readAfter]);
  useEffect(() => {
    setStatus("loading");
    void reload();
  }, [reload]);
  const onlyFirst = read.pages <= 1;
  useEffect(() => {
    if (!onlyFirst) return undefined;
    const timer = setInterval(() => void reload(), refreshMs);
    return () => clearInterval(timer);
  }, [reload, onlyFirst, refreshMs]);

  return {
    items: read.items,
    status,
    more: read.next !== null,
    reload,
    readMore: () => void readAfter(read),
    change: (item) => setRead((now) => ({ ...now, items: now.items.map(item) })),
  };
}
