/** A soft two-tone ring made in the page: no file to load, nothing to license. */

const FREQUENCIES_HZ = [587.33, 739.99]; // D5 and F sharp 5: heard through speech, not shrill
const VOLUME = 0.12;
const TONE_SECONDS = 0.18;
const PERIOD_MS = 2_000;

export class Ringtone {
  private context: AudioContext | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;

  start(): void {
    if (this.timer !== undefined) return;
    this.ringOnce();
    this.timer = setInterval(() => this.ringOnce(), PERIOD_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    void this.context?.close();
    this.context = null;
  }

  ringOnce(): void {
    this.context ??= new AudioContext();
    void this.context.resume();
    const start = this.context.currentTime + 0.02;
    for (const [beat, frequency] of [...FREQUENCIES_HZ, ...FREQUENCIES_HZ].entries()) {
      this.tone(this.context, frequency, start + beat * TONE_SECONDS * 1.25);
    }
  }

  private tone(context: AudioContext, frequency: number, start: number): void {
    const oscillator = new OscillatorNode(context, { type: "sine", frequency });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(VOLUME, start + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, start + TONE_SECONDS);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + TONE_SECONDS);
  }
}
