import type { MicrophoneFailure, SoftphoneView } from "@cordboard/softphone";

/** What is wrong with the microphone, as a code with words of its own; null while it is being opened, or works. */
export function microphoneFault(view: SoftphoneView): MicrophoneFailure | "muted" | null {
  if (view.microphone === "failed") return view.microphoneFailure;
  return view.microphone === "open" && view.microphoneMuted ? "muted" : null;
}
