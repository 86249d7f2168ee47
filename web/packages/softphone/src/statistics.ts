/** Reading W3C WebRTC statistics as differences between two readings a second apart. */

import type { QualitySample } from "./quality.ts";

interface Counters {
  received: number;
  lost: number;
  sent: number;
  lossSending: number | null;
  jitterMs: number | null;
  bufferSeconds: number;
  bufferFrames: number;
  roundTripMs: number | null;
}

interface AnyStatistics {
  type: string;
  kind?: string;
  nominated?: boolean;
  state?: string;
  packetsReceived?: number;
  packetsLost?: number;
  packetsSent?: number;
  fractionLost?: number;
  jitter?: number;
  jitterBufferDelay?: number;
  jitterBufferEmittedCount?: number;
  currentRoundTripTime?: number;
  roundTripTime?: number;
}

const NOTHING: Counters = {
  received: 0,
  lost: 0,
  sent: 0,
  lossSending: null,
  jitterMs: null,
  bufferSeconds: 0,
  bufferFrames: 0,
  roundTripMs: null,
};

const READERS: Record<string, (counters: Counters, entry: AnyStatistics) => void> = {
  "inbound-rtp": (counters, entry) => {
    counters.received = entry.packetsReceived ?? 0;
    counters.lost = entry.packetsLost ?? 0;
    counters.jitterMs = (entry.jitter ?? 0) * 1000;
    counters.bufferSeconds = entry.jitterBufferDelay ?? 0;
    counters.bufferFrames = entry.jitterBufferEmittedCount ?? 0;
  },
  "outbound-rtp": (counters, entry) => {
    counters.sent = entry.packetsSent ?? 0;
  },
  "remote-inbound-rtp": (counters, entry) => {
    counters.lossSending = entry.fractionLost ?? null;
    if (entry.roundTripTime !== undefined) counters.roundTripMs ??= entry.roundTripTime * 1000;
  },
  "candidate-pair": (counters, entry) => {
    const inUse = entry.nominated === true && entry.state === "succeeded";
    if (inUse && entry.currentRoundTripTime !== undefined) counters.roundTripMs = entry.currentRoundTripTime * 1000;
  },
};

function read(statistics: Iterable<AnyStatistics>): Counters {
  const counters = { ...NOTHING };
  for (const entry of statistics) READERS[entry.type]?.(counters, entry);
  return counters;
}

/** Packets of the interval: fewer than this say nothing about loss (a second of G.711 has 50). */
const MINIMUM_PACKETS = 10;

export class StatisticsReader {
  private before: Counters = NOTHING;

  next(statistics: Iterable<AnyStatistics>): QualitySample {
    const now = read(statistics);
    const before = now.received < this.before.received ? NOTHING : this.before;
    this.before = now;
    const received = now.received - before.received;
    const lost = Math.max(0, now.lost - before.lost);
    const frames = now.bufferFrames - before.bufferFrames;
    const receiving = received + lost >= MINIMUM_PACKETS;
    const sending = now.sent - before.sent >= MINIMUM_PACKETS;
    return {
      lossReceiving: receiving ? lost / (received + lost) : null,
      lossSending: sending ? now.lossSending : null,
      jitterMs: receiving ? now.jitterMs : null,
      bufferMs: frames > 0 ? ((now.bufferSeconds - before.bufferSeconds) / frames) * 1000 : null,
      roundTripMs: now.roundTripMs,
    };
  }
}
