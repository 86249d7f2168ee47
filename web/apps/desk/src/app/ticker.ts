/** One heartbeat for all running times on the page, at the turn of each second of the server's clock. */

import { useSyncExternalStore } from "react";
import type { ServerClock } from "../link/clock.ts";
import { useDesk } from "./hooks.ts";

const SECOND = 1000;

class Ticker {
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly clock: ServerClock;
  private second: number;

  constructor(clock: ServerClock) {
    this.clock = clock;
    this.second = this.current();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.beat();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) clearTimeout(this.timer);
    };
  };

  readonly get = (): number => this.second;

  private current(): number {
    return Math.floor(this.clock.now() / SECOND) * SECOND;
  }

  private beat(): void {
    this.second = this.current();
    for (const listener of this.listeners) listener();
    const rest = SECOND - (this.clock.now() % SECOND);
    this.timer = setTimeout(() => this.beat(), rest);
  }
}

const TICKERS = new WeakMap<ServerClock, Ticker>();

function tickerOf(clock: ServerClock): Ticker {
  const ticker = TICKERS.get(clock) ?? new Ticker(clock);
  TICKERS.set(clock, ticker);
  return ticker;
}

/** Milliseconds since the epoch by the server, in whole seconds; renders once a second. */
export function useServerNow(): number {
  const ticker = tickerOf(useDesk().desk.connection.clock);
  return useSyncExternalStore(ticker.subscribe, ticker.get);
}
