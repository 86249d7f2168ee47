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
  | "wrap_up"
  | "message"
  | "message_offered";

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
  message: "talk",
  message_offered: "ring",
};

function wordOf(me: Me, call: Call | null, message: boolean): PresenceWord {
  if (message && call === null && me.state === "connected") return "message";
  if (message && me.state === "offered") return "message_offered";
  if (me.state !== "connected" || call === null) return me.state;
  if (call.state === "held") return "held";
  return call.state === "dialing" || call.state === "ringing" ? "dialing" : "connected";
}

/** `message`: the agent has one, or is asked to take it. */
export function presenceOf(me: Me, call: Call | null, message = false): Presence {
  const word = wordOf(me, call, message);
  const since = word === "held" ? (call?.held_since ?? me.since) : me.since;
  return { word, tone: TONES[word], since };
}

/** The line is up, and yet no sound arrives: only a person can find out why. */
export function isUnheard(me: Me): boolean {
  return !me.reachable && me.fault === "audio_path";
}

export type StageName =
  | "ring"
  | "callback"
  | "message"
  | "consultation"
  | "asked"
  | "call"
  | "wrap_up"
  | "microphone"
  | "voice"
  | "observer"
  | "idle";

export type StageSoftphone = Pick<SoftphoneView, "microphone" | "microphoneMuted" | "leg">;

/** Between calls: what keeps the sound from working comes first. */
function soundStage(me: Me, { microphone, microphoneMuted, leg }: StageSoftphone): StageName {
  if (me.telephone) return "idle";
  if (microphone !== "open" || microphoneMuted) return "microphone";
  const up = leg === "ready" || leg === "resuming";
  return up && !isUnheard(me) ? "idle" : "voice";
}

/** What somebody wants of the agent now, or the call that is under way. */
function engagedStage(state: DeskState): StageName | null {
  const { me, call, offer } = state;
  if (me.state === "wrap_up" && call !== null) return "wrap_up";
  if (call !== null && call.state !== "ended") return call.asked_by === null ? "call" : "asked";
  return offer === null ? errandStage(state) : "ring";
}

/** What is asked of the agent, or done by them, without a call. */
function errandStage({ me, callback, voicemail, consultation }: DeskState): StageName | null {
  if (me.state === "connected") return voicemail === null ? null : "message";
  if (me.state !== "offered") return null;
  if (voicemail !== null) return "message";
  if (callback !== null) return "callback";
  return consultation === null ? null : "consultation";
}

export function stageOf(state: DeskState, softphone: StageSoftphone, observer: boolean): StageName {
  const engaged = engagedStage(state);
  if (engaged !== null) return engaged;
  if (observer) return "observer";
  return soundStage(state.me, softphone);
}
