/** Intents on their way: each is answered once, by the server or by the loss of the connection. */

import type { Problem } from "./protocol.ts";

export class IntentRefused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code);
    this.problem = problem;
  }
}

interface Waiting {
  resolve(): void;
  reject(error: IntentRefused): void;
}

export class Pending {
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;

  /** `send` is given the number to send with and says whether it left. */
  add(send: (id: number) => boolean): Promise<void> {
    this.last += 1;
    const id = this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      if (!send(id)) this.settle(id, { code: "connection_lost" });
    });
  }

  settle(id: number, problem: Problem | null): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (problem === null) waiting?.resolve();
    else waiting?.reject(new IntentRefused(problem));
  }

  fail(problem: Problem): void {
    for (const id of [...this.waiting.keys()]) this.settle(id, problem);
  }
}
