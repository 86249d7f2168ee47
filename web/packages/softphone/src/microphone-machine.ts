/** The microphone, apart from the leg: an agent whose headset was pulled out still hears the caller. */

import type { Table } from "./machine.ts";

export type MicrophoneState = "closed" | "opening" | "open" | "failed";
export type MicrophoneInput = "open" | "granted" | "denied" | "lost" | "devices_changed" | "close";
export type MicrophoneEffect = "request" | "attach" | "detach" | "release";

export const MICROPHONE_STATES: readonly MicrophoneState[] = ["closed", "opening", "open", "failed"];

export const MICROPHONE: Table<MicrophoneState, MicrophoneInput, MicrophoneEffect> = {
  closed: { open: ["opening", "request"] },
  opening: { granted: ["open", "attach"], denied: ["failed", "detach"], close: ["closed", "release"] },
  open: { open: ["opening", "request"], lost: ["opening", "detach", "request"], close: ["closed", "release"] },
  failed: { open: ["opening", "request"], devices_changed: ["opening", "request"], close: ["closed", "release"] },
};
