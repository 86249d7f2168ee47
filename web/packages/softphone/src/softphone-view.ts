/** What a softphone shows, and what it needs of its surroundings. */

import type { LegState } from "./leg-machine.ts";
import type { ToGateway } from "./messages.ts";
import type { MediaAccess } from "./microphone.ts";
import type { MicrophoneView } from "./microphone-driver.ts";
import type { PeerEvents, PeerLike } from "./peer.ts";
import type { QualityReport } from "./quality.ts";

export type LegProblem = "signalling_silent" | "media_unreachable" | "negotiation_failed" | "refused";

/** What a leg that waits too long waits for. */
export function stalledBy(leg: LegState): LegProblem {
  return leg === "connecting" ? "media_unreachable" : "signalling_silent";
}

export interface SoftphoneView extends MicrophoneView {
  readonly leg: LegState;
  readonly legProblem: LegProblem | null;
  readonly refusal: string | null;
  readonly transmitting: boolean;
  readonly muted: boolean;
  readonly quality: QualityReport | null;
  readonly playbackBlocked: boolean;
}

export interface SoftphoneOptions {
  /** False when the signalling connection is down. */
  send(message: ToGateway): boolean;
  media: MediaAccess | undefined;
  makePeer?(events: PeerEvents): PeerLike;
}
