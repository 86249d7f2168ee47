/** The page's copy of the board: a pure fold over numbered frames. */

import type { BoardChanges, BoardFrame, BoardMaps, BoardState, Rows } from "./protocol.ts";

export interface BoardView {
  readonly sequence: number;
  readonly state: BoardState | null;
}

export const NO_BOARD: BoardView = { sequence: 0, state: null };

const MAPS = ["queues", "waiting", "calls", "agents", "alerts"] as const satisfies readonly (keyof BoardMaps)[];

/** `gap`: a number is missing; a new connection brings a new snapshot. */
export function foldBoard(view: BoardView, frame: BoardFrame): { readonly view: BoardView; readonly gap: boolean } {
  if (frame.op === "snapshot") return { view: { sequence: frame.sequence, state: frame.state }, gap: false };
  if (frame.op !== "event" || view.state === null || frame.sequence <= view.sequence) return { view, gap: false };
  if (frame.sequence > view.sequence + 1) return { view, gap: true };
  return { view: { sequence: frame.sequence, state: merged(view.state, frame.changes) }, gap: false };
}

function merged(state: BoardState, changes: BoardChanges): BoardState {
  const maps = Object.fromEntries(
    MAPS.filter((map) => changes[map] !== undefined).map((map) => [map, rows<unknown>(state[map], changes[map] ?? {})]),
  );
  const { tenant = state.tenant, alarms = state.alarms } = changes;
  return { ...state, tenant, alarms, ...maps };
}

function rows<Row>(before: Rows<Row>, changes: Readonly<Record<string, Row | null>>): Rows<Row> {
  const after = Object.entries({ ...before, ...changes });
  return Object.fromEntries(after.filter((entry): entry is [string, Row] => entry[1] !== null));
}
