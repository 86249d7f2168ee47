/** How long the leg waits, and for what; one wait at a time. */

/** Offer to sound takes about 150 ms; ten seconds mean that UDP does not get through or nobody answers. */
const STALL_MS = 10_000;
/** A restarted ICE takes a few round trips; a caller waits no longer for a leg that does not come back. */
const RESTART_MS = 5_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8_000;

export class LegTimer {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;

  stall(due: () => void): void {
    this.arm(STALL_MS, due);
  }

  restart(due: () => void): void {
    this.arm(RESTART_MS, due);
  }

  /** Longer after each failure. */
  retry(due: () => void): void {
    this.failures += 1;
    this.arm(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.failures - 1)), due);
  }

  forgetFailures(): void {
    this.failures = 0;
  }

  disarm(): void {
    clearTimeout(this.timer);
  }

  private arm(delay: number, due: () => void): void {
    this.disarm();
    this.timer = setTimeout(due, delay);
  }
}
