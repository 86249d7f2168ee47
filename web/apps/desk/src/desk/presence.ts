/** What the agent is doing now, as one word with one colour, and what the stage shows for it. */

import type { SoftphoneView } from "@cordboard/softphone";
import type { Call, DeskState, Me } from "../link/protocol.ts";

export type Tone = "ready" | "ring" | "talk" | "hold" | "wrap" | "rest";

export type PresenceWord =
  | "logged_out"
  | "not_ready"
  | "available"
  | "offered"
  | "dialing"
  | "connected"
  | "held"
  | "wrap_up";

export interface Presence {
  readonly word: PresenceWord;
  readonly tone: Tone;
  readonly since: string | null;
}

const TONES: Record<PresenceWord, Tone> = {
  logged_out: "rest",
  not_ready: "rest",
  available: "ready",
  offered: "ring",
  dialing: "talk",
  connected: "talk",
  held: "hold",
  wrap_up: "wrap",
};

function wordOf(me: Me, call: Call | null): PresenceWord {
  if (me.state !== "connected" || call === null) return me.state;
  if (call.state === "held") return "held";
  return call.state === "dialing" || call.state === "ringing" ? "dialing" : "connected";
}

export function presenceOf(me: Me, call: Call | null): Presence {
  const word = wordOf(me, call);
  const since = word === "held" ? (call?.held_since ?? me.since) : me.since;
  return { word, tone: TONES[word], since };
}

export type StageName = "ring" | "callback" | "call" | "wrap_up" | "microphone" | "voice" | "observer" | "idle";

export type StageSoftphone = Pick<SoftphoneView, "microphone" | "leg">;

export function stageOf(state: DeskState, softphone: StageSoftphone, observer: boolean): StageName {
  if (state.me.state === "wrap_up" && state.call !== null) return "wrap_up";
  if (state.call !== null && state.call.state !== "ended") return "call";
  if (state.offer !== null) return "ring";
  if (state.callback && state.me.state === "offered") return "callback";
  if (observer) return "observer";
  if (softphone.microphone !== "open") return "microphone";
  return softphone.leg === "ready" || softphone.leg === "resuming" ? "idle" : "voice";
}
