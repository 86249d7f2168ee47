/** Stands in for browser devices in the softphone's tests. */

import { vi } from "vitest";
import type { PeerEvents, PeerLike } from "./peer.ts";

export class TestTrack {
  enabled = true;
  onended: (() => void) | null = null;
  readonly label = "Headset";
  getSettings = () => ({ deviceId: "headset" });
  stop = vi.fn();
}

export class TestPeer implements PeerLike {
  static made: TestPeer[] = [];
  sent: (MediaStreamTrack | null)[] = [];
  closed = false;
  accept = vi.fn(async () => undefined);
  readonly events: PeerEvents;

  constructor(events: PeerEvents) {
    this.events = events;
    TestPeer.made.push(this);
  }

  offer = async () => `offer ${TestPeer.made.length}`;
  restart = async () => `restart ${TestPeer.made.length}`;
  statistics = async () => [];
  send = async (track: MediaStreamTrack | null) => {
    this.sent.push(track);
  };
  close = () => {
    this.closed = true;
  };
}

/** jsdom has no sound. */
export function stubAudio(): void {
  vi.stubGlobal(
    "AudioContext",
    class {
      state = "running";
      createAnalyser = () => ({ fftSize: 0, getFloatTimeDomainData: () => undefined });
      createMediaStreamSource = () => ({ connect: () => undefined, disconnect: () => undefined });
      close = async () => undefined;
    },
  );
}
