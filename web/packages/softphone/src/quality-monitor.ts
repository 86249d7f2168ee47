/** Reads the connection's statistics once a second while sound can pass. */

import type { PeerLike } from "./peer.ts";
import { type QualityReport, QualityWindow } from "./quality.ts";
import { StatisticsReader } from "./statistics.ts";

const PERIOD_MS = 1_000;

export class QualityMonitor {
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly onReport: (quality: QualityReport) => void;

  constructor(onReport: (quality: QualityReport) => void) {
    this.onReport = onReport;
  }

  watch(peer: PeerLike | null): void {
    if (peer === null) this.stop();
    else if (this.timer === undefined) this.start(peer);
  }

  private start(peer: PeerLike): void {
    const reader = new StatisticsReader();
    const window = new QualityWindow();
    const timer = setInterval(async () => {
      const statistics = await peer.statistics();
      if (this.timer === timer) this.onReport(window.add(reader.next(statistics)));
    }, PERIOD_MS);
    this.timer = timer;
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
