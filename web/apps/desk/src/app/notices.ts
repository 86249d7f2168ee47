/** Short messages that stay until read: what was refused and why. */

import { Store } from "@cordboard/softphone";
import type { Problem } from "../link/protocol.ts";

export interface Notice {
  readonly id: number;
  readonly problem: Problem;
}

const LIFETIME_MS = 12_000; // long enough to be read by somebody in the middle of a sentence
const MOST = 3;

export class Notices {
  readonly store = new Store<{ readonly items: readonly Notice[] }>({ items: [] });
  private last = 0;

  add(problem: Problem): void {
    this.last += 1;
    const id = this.last;
    const others = this.store.get().items.filter((notice) => notice.problem.code !== problem.code);
    this.store.set({ items: [...others, { id, problem }].slice(-MOST) });
    setTimeout(() => this.dismiss(id), LIFETIME_MS);
  }

  dismiss(id: number): void {
    this.store.set({ items: this.store.get().items.filter((notice) => notice.id !== id) });
  }
}
