/** How loud the microphone is, so that an agent sees being heard before the caller says otherwise. */

const FLOOR_DB = -60; // a silent room with a headset
const FULL_DB = -10; // loud speech close to the microphone

export class LevelMeter {
  private context: AudioContext | null = null;
  private source: MediaStreamAudioSourceNode | null = null;
  private analyser: AnalyserNode | null = null;
  private samples = new Float32Array(0);

  attach(stream: MediaStream): void {
    this.detach();
    this.context ??= new AudioContext();
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 512;
    this.samples = new Float32Array(this.analyser.fftSize);
    this.source = this.context.createMediaStreamSource(stream);
    this.source.connect(this.analyser);
  }

  detach(): void {
    this.source?.disconnect();
    this.source = null;
    this.analyser = null;
  }

  async close(): Promise<void> {
    this.detach();
    const context = this.context;
    this.context = null;
    await context?.close();
  }

  /** 0..1 on a decibel scale; 0 while the browser has not let sound start. */
  read(): number {
    if (this.analyser === null || this.context === null) return 0;
    if (this.context.state === "suspended") void this.context.resume();
    this.analyser.getFloatTimeDomainData(this.samples);
    return levelOf(this.samples);
  }
}

export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-12);
  return Math.min(1, Math.max(0, (decibels - FLOOR_DB) / (FULL_DB - FLOOR_DB)));
}
