/** From statistics to a word: the E-model of ITU-T G.107 with the G.711 figures of G.113 appendix I. */

export interface QualitySample {
  /** Share of packets lost in the interval, 0..1; null while no packets flow. */
  readonly lossReceiving: number | null;
  readonly lossSending: number | null;
  readonly jitterMs: number | null;
  readonly bufferMs: number | null;
  readonly roundTripMs: number | null;
}

export type QualityGrade = "good" | "fair" | "poor" | "unknown";

export interface QualityReport extends QualitySample {
  readonly grade: QualityGrade;
  readonly mos: number | null;
}

const PACKET_MS = 20;
const BASE_R = 93.2; // G.107 default R with all impairments at their reference values
const G711_LOSS_ROBUSTNESS = 25.1; // Bpl of G.711 with packet loss concealment, G.113 table I.4
const DELAY_KNEE_MS = 177.3; // where delay begins to hurt conversation, G.107 simplified by Cole & Rosenbluth
const GOOD_MOS = 4.0; // "satisfied" of G.107 annex B
const FAIR_MOS = 3.6; // "some users dissatisfied"

export function mouthToEarMs(sample: QualitySample): number {
  return (sample.roundTripMs ?? 0) / 2 + (sample.bufferMs ?? 2 * (sample.jitterMs ?? 0)) + PACKET_MS;
}

/** Mean opinion score, 1..4.4, by ITU-T G.107 annex B. */
export function meanOpinionScore(lossShare: number, delayMs: number): number {
  const lossPercent = lossShare * 100;
  const lossImpairment = (95 * lossPercent) / (lossPercent + G711_LOSS_ROBUSTNESS);
  const knee = delayMs > DELAY_KNEE_MS ? 0.11 * (delayMs - DELAY_KNEE_MS) : 0;
  const r = Math.min(100, Math.max(0, BASE_R - 0.024 * delayMs - knee - lossImpairment));
  return 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
}

export function gradeOf(mos: number): QualityGrade {
  if (mos >= GOOD_MOS) return "good";
  return mos >= FAIR_MOS ? "fair" : "poor";
}

/** The worse of the two directions decides: a call is as good as its worse half. */
export function report(sample: QualitySample): QualityReport {
  const losses = [sample.lossReceiving, sample.lossSending].filter((loss) => loss !== null);
  if (losses.length === 0 && sample.roundTripMs === null) return { ...sample, grade: "unknown", mos: null };
  const mos = meanOpinionScore(Math.max(0, ...losses), mouthToEarMs(sample));
  return { ...sample, grade: gradeOf(mos), mos };
}

/** Seconds of samples behind one grade: shorter flickers, longer hides what the caller complains about. */
const WINDOW = 5;

type Measure = keyof QualitySample;

export class QualityWindow {
  private samples: QualitySample[] = [];

  add(sample: QualitySample): QualityReport {
    this.samples = [...this.samples.slice(1 - WINDOW), sample];
    return report({
      lossReceiving: this.mean("lossReceiving"),
      lossSending: this.mean("lossSending"),
      jitterMs: this.mean("jitterMs"),
      bufferMs: this.mean("bufferMs"),
      roundTripMs: this.mean("roundTripMs"),
    });
  }

  private mean(measure: Measure): number | null {
    const values = this.samples.map((sample) => sample[measure]).filter((value) => value !== null);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  }
}
