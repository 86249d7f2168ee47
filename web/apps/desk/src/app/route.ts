/** Which page of the desk is shown, and of what: in the address, so that it can be kept as a bookmark. */

import { useEffect, useMemo, useSyncExternalStore } from "react";

const PAGES = [
  "desk",
  "board",
  "alerts",
  "clients",
  "callbacks",
  "promised",
  "voicemails",
  "missed",
  "certificates",
] as const;
export type Page = (typeof PAGES)[number];
export type Query = Readonly<Record<string, string>>;

export interface Place {
  readonly page: Page;
  readonly query: Query;
}

/** Asked before another place is shown; `leave` goes there. */
type Guard = (leave: () => void) => void;

export function placeOf(hash: string): Place {
  const [name = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  const page = PAGES.find((one) => one === name) ?? "desk";
  return { page, query: Object.fromEntries(new URLSearchParams(query)) };
}

/** What is empty is left out. */
export function hashOf(page: Page, query: Query = {}): string {
  if (page === "desk") return "#";
  const told = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString();
  return told === "" ? `#${page}` : `#${page}?${told}`;
}

class Router {
  private readonly listeners = new Set<() => void>();
  private shown = "";
  private guard: Guard | null = null;

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.listeners.size === 0) {
      this.shown = window.location.hash;
      window.addEventListener("hashchange", this.changed);
    }
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) window.removeEventListener("hashchange", this.changed);
    };
  };

  readonly get = (): string => (this.listeners.size === 0 ? window.location.hash : this.shown);

  readonly watch = (guard: Guard): (() => void) => {
    this.guard = guard;
    return () => {
      this.guard = null;
    };
  };

  /** By us, or, where something would be lost, once it was agreed to. */
  go(hash: string): void {
    if (this.guard === null) this.enter(hash);
    else this.guard(() => this.enter(hash));
  }

  enter(hash: string): void {
    if (hash === (this.get() || "#")) return;
    window.history.pushState(null, "", hash);
    this.show(window.location.hash);
  }

  /** By a link, the address bar or the button Back: taken back until it was agreed to. */
  private readonly changed = (): void => {
    const wanted = window.location.hash;
    if (wanted === this.shown) return;
    if (this.guard === null) {
      this.show(wanted);
      return;
    }
    window.history.replaceState(null, "", this.shown || "#");
    this.guard(() => this.enter(wanted));
  };

  private show(hash: string): void {
    this.shown = hash;
    for (const listener of this.listeners) listener();
  }
}

const router = new Router();

export function usePlace(): Place {
  const hash = useSyncExternalStore(router.subscribe, router.get);
  return useMemo(() => placeOf(hash), [hash]);
}

export function go(page: Page, query: Query = {}): void {
  router.go(hashOf(page, query));
}

/** Without asking: a call rings. What is left must keep what it would lose. */
export function goAtOnce(page: Page): void {
  router.enter(hashOf(page));
}

/** While `unsaved`, who wants to see another place is asked by `guard`, and who closes the page by the browser. */
export function useGuard(unsaved: boolean, guard: Guard): void {
  useEffect(() => {
    if (!unsaved) return undefined;
    const onUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    const unwatch = router.watch(guard);
    window.addEventListener("beforeunload", onUnload);
    return () => {
      unwatch();
      window.removeEventListener("beforeunload", onUnload);
    };
  }, [unsaved, guard]);
}
