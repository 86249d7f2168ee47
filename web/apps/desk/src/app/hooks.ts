/** How components reach the desk and follow its stores. */

import type { SoftphoneView, Store } from "@cordboard/softphone";
import { createContext, useContext, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { formattingLocale, type Reading } from "../i18n/format.ts";
import type { LinkView } from "../link/connection.ts";
import type { DeskState } from "../link/protocol.ts";
import type { Session } from "./api.ts";
import type { DeskSession } from "./desk-session.ts";

export interface DeskContextValue {
  readonly desk: DeskSession;
  readonly session: Session;
}

export const DeskContext = createContext<DeskContextValue | null>(null);

export function useDesk(): DeskContextValue {
  const value = useContext(DeskContext);
  if (value === null) throw new Error("useDesk outside of a desk");
  return value;
}

/** `select` must pick, not make: a new object each time would render for ever. */
export function useSelect<T extends object, R>(store: Store<T>, select: (value: T) => R): R {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

export function useLink<R>(select: (view: LinkView) => R): R {
  return useSelect(useDesk().desk.connection.store, select);
}

export function useSoftphone<R>(select: (view: SoftphoneView) => R): R {
  return useSelect(useDesk().desk.softphone.store, select);
}

/** How this tenant writes times, in the language of the page. */
export function useReading(): Reading {
  const { session } = useDesk();
  const { i18n } = useTranslation();
  return {
    language: formattingLocale(i18n.language, session.tenant.locale),
    zone: session.tenant.time_zone,
  };
}

/** The server's view; only rendered below a desk that has one. */
export function useDeskState<R>(select: (state: DeskState) => R): R {
  return useLink((view) => {
    if (view.desk === null) throw new Error("no snapshot yet");
    return select(view.desk);
  });
}
