/** The desk's copy of the server's view: a pure fold over numbered frames. */

import type { DeskChanges, DeskState, Queue, ServerFrame } from "./protocol.ts";

export interface View {
  readonly stream: string | null;
  readonly sequence: number;
  readonly state: DeskState | null;
}

export const EMPTY_VIEW: View = { stream: null, sequence: 0, state: null };

export type Folded = { readonly view: View; readonly gap: boolean };

/** `gap` means that a numbered event is missing: say hello again. What was seen before is passed over. */
export function fold(view: View, frame: ServerFrame): Folded {
  if (frame.op === "snapshot") {
    return { view: { stream: frame.stream, sequence: frame.sequence, state: frame.state }, gap: false };
  }
  if (frame.op !== "event" || view.state === null || frame.sequence <= view.sequence) return { view, gap: false };
  if (frame.sequence > view.sequence + 1) return { view, gap: true };
  return { view: { ...view, sequence: frame.sequence, state: merge(view.state, frame.changes) }, gap: false };
}

export function merge(state: DeskState, changes: DeskChanges): DeskState {
  const { queues, ...rest } = changes;
  return { ...state, ...rest, queues: queues === undefined ? state.queues : mergeQueues(state.queues, queues) };
}

function mergeQueues(
  before: DeskState["queues"],
  changes: Readonly<Record<string, Queue | null>>,
): DeskState["queues"] {
  const merged = Object.entries({ ...before, ...changes }).filter(
    (entry): entry is [string, Queue] => entry[1] !== null,
  );
  return Object.fromEntries(merged);
}
