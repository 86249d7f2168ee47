/** What the gateway is to know of this page's sound before it offers a call: the microphone, and that packets arrive. */

import type { LegState } from "./leg-machine.ts";
import type { ToGateway } from "./messages.ts";
import type { PeerLike } from "./peer.ts";

/** Of silence in answer to a probe: some 25 packets. */
const PROBE_MS = 500;

/** Of these the gateway knows, or is about to. */
const TOLD: readonly LegState[] = ["offering", "connecting", "ready", "resuming", "restarting"];

export interface SoundCheckHost {
  send(message: ToGateway): boolean;
  leg(): LegState;
  /** Whether the microphone gives sound. */
  works(): boolean;
  /** Sends what is to be sent now. */
  restore(): void;
}

export class SoundCheck {
  /** What the gateway takes the microphone for; null: that is not known. */
  private told: boolean | null = null;
  private readonly host: SoundCheckHost;

  constructor(host: SoundCheckHost) {
    this.host = host;
  }

  linkUp(): void {
    this.told = null;
    this.tell();
  }

  /** A page that offers has a microphone, as far as the gateway knows. */
  offered(): void {
    this.told = true;
    this.tell();
  }

  tell(): void {
    const works = this.host.works();
    if (works === this.told || !TOLD.includes(this.host.leg())) return;
    if (this.host.send({ type: "microphone", works })) this.told = works;
  }

  /** Silence of the same device: what is said between calls never leaves this computer. */
  async answer(track: MediaStreamTrack, peer: PeerLike): Promise<void> {
    const silence = track.clone();
    silence.enabled = false;
    await peer.send(silence).catch(() => undefined);
    setTimeout(() => {
      silence.stop();
      this.host.restore();
    }, PROBE_MS);
  }
}
