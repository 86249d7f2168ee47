/** How the parts of the board reach its rows and what can be done with them. */

import { createContext, useContext, useSyncExternalStore } from "react";
import type { SupervisorActs } from "./acts.ts";
import type { BoardConnection } from "./board-connection.ts";
import type { BoardState } from "./protocol.ts";

export interface BoardContextValue {
  readonly connection: BoardConnection;
  readonly acts: SupervisorActs;
}

export const BoardContext = createContext<BoardContextValue | null>(null);

export function useBoard(): BoardContextValue {
  const value = useContext(BoardContext);
  if (value === null) throw new Error("useBoard outside of a board");
  return value;
}

/** `select` must pick, not make; only rendered below a board that has a snapshot. */
export function useBoardState<R>(select: (state: BoardState) => R): R {
  const { store } = useBoard().connection;
  return useSyncExternalStore(store.subscribe, () => {
    const { board } = store.get();
    if (board === null) throw new Error("no snapshot yet");
    return select(board);
  });
}
