/** The server's time on this computer, whose own clock may be minutes off and may be set while we look. */

/** Monotonic milliseconds; `performance.now` in the browser. */
export type Monotonic = () => number;

export class ServerClock {
  private offset: number | null = null;
  private roundTrip = Number.POSITIVE_INFINITY;
  private readonly monotonic: Monotonic;

  constructor(monotonic: Monotonic = () => performance.now()) {
    this.monotonic = monotonic;
  }

  /** `roundTrip` in ms, null where unknown: half of it is how old the server's word is. Tighter replaces looser. */
  set(serverNow: string, roundTrip: number | null): void {
    const at = Date.parse(serverNow);
    if (Number.isNaN(at)) return;
    if (roundTrip === null) {
      this.offset ??= at - this.monotonic();
      return;
    }
    const offset = at + roundTrip / 2 - this.monotonic();
    const wrongBy = Math.abs(offset - (this.offset ?? offset));
    if (roundTrip > this.roundTrip && wrongBy <= roundTrip) return;
    this.offset = offset;
    this.roundTrip = roundTrip;
  }

  /** Milliseconds since the epoch, as the server counts them. */
  now(): number {
    return this.offset === null ? Date.now() : this.monotonic() + this.offset;
  }
}
