/** Stands in for browser devices in the softphone's tests. */

import { vi } from "vitest";
import type { ToGateway } from "./messages.ts";
import type { PeerEvents, PeerLike } from "./peer.ts";
import { Softphone } from "./softphone.ts";

export class TestTrack {
  enabled = true;
  onended: (() => void) | null = null;
  onmute: (() => void) | null = null;
  onunmute: (() => void) | null = null;
  muted = false;
  readyState = "live";
  readonly label = "Headset";
  getSettings = () => ({ deviceId: "headset" });
  stop = vi.fn();
  clone = () => new TestTrack();
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

export function lastPeer(): TestPeer {
  const peer = TestPeer.made.at(-1);
  if (peer === undefined) throw new Error("no connection was made");
  return peer;
}

export async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

/** A softphone with its devices and its gateway; needs fake timers. */
export class Rig {
  readonly tracks: TestTrack[] = [];
  readonly sent: ToGateway[] = [];
  linked = true;
  refusal: Error | null = null;
  deviceChange: () => void = () => undefined;
  readonly phone: Softphone;

  constructor() {
    TestPeer.made = [];
    stubAudio();
    const media = {
      getUserMedia: async () => this.open(),
      enumerateDevices: async () => [],
      addEventListener: (_: string, listener: () => void) => {
        this.deviceChange = listener;
      },
      removeEventListener: () => undefined,
    };
    this.phone = new Softphone({
      media: media as unknown as MediaDevices,
      makePeer: (events) => new TestPeer(events),
      send: (message) => this.linked && this.sent.push(message) > 0,
    });
  }

  async reachReady(leg = "leg-1"): Promise<void> {
    this.phone.begin();
    this.phone.linkUp();
    await settle();
    this.phone.receive({ type: "answer", leg, sdp: "answer" });
    this.phone.receive({ type: "ready", leg });
    await settle();
  }

  private open(): MediaStream {
    if (this.refusal !== null) throw this.refusal;
    const track = new TestTrack();
    this.tracks.push(track);
    return { getAudioTracks: () => [track], getTracks: () => [track] } as unknown as MediaStream;
  }
}
