/** Renders parts of the desk over a given state, for component tests: no server, no sound, every intent recorded. */

import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { DeskSession } from "../src/app/desk-session.ts";
import { DeskContext } from "../src/app/hooks.ts";
import { startI18n } from "../src/i18n/i18n.ts";
import { IntentRefused } from "../src/link/pending.ts";
import type { DeskState, Intent, Problem } from "../src/link/protocol.ts";
import { firstState, SESSION } from "./scene.ts";

export interface Rendered {
  readonly desk: DeskSession;
  readonly intents: Intent[];
  /** What the server answers from now on; null is yes. */
  refuse(problem: Problem | null): void;
  show(change: Partial<DeskState>): void;
}

export async function renderDesk(children: ReactNode, change: Partial<DeskState> = {}): Promise<Rendered> {
  await startI18n(["en"]);
  const nothing = () => undefined;
  const desk = new DeskSession({ onLeft: nothing, onSessionEnded: nothing, onLost: nothing });
  const intents: Intent[] = [];
  let refusal: Problem | null = null;
  desk.connection.intend = async (intent) => {
    intents.push(intent);
    if (refusal !== null) throw new IntentRefused(refusal);
  };
  desk.softphone.store.set({ microphone: "open", leg: "ready" });
  desk.connection.store.set({ status: "online", desk: { ...firstState(), ...change } });
  render(<DeskContext value={{ desk, session: SESSION }}>{children}</DeskContext>);
  return {
    desk,
    intents,
    refuse: (problem) => {
      refusal = problem;
    },
    show: (next) => desk.connection.store.set({ desk: { ...firstState(), ...next } }),
  };
}
