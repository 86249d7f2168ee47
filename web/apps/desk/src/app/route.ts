/** Which page of the desk is shown: in the address, so that it can be kept as a bookmark. */

import { useSyncExternalStore } from "react";

export type Route = "desk" | "board";

const BOARD = "#board";

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

export function routeOf(hash: string): Route {
  return hash === BOARD ? "board" : "desk";
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, () => routeOf(window.location.hash));
}

export function go(route: Route): void {
  window.location.hash = route === "board" ? BOARD : "";
}
