//! Listening quality by the E-model (ITU-T G.107), with the standard's default values.

use control_messages::Codec;

/// R of a connection without delay or loss (G.107 annex: all parameters at their defaults).
const BEST_R: f64 = 93.2;
/// Beyond this one-way delay conversation suffers (G.107, simplified delay impairment).
const DELAY_KNEE_MS: f64 = 177.3;
const PACKET_MS: f64 = 20.0;
/// What a usual receiver's buffer holds, in multiples of the jitter.
const BUFFERED_JITTERS: f64 = 2.0;
/// G.107 7.5: the impairment at total loss.
const WORST_IMPAIRMENT: f64 = 95.0;

/// What a codec costs by itself and under loss: Ie and Bpl of G.107 7.5.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Impairment {
    equipment: f64,
    robustness: f64,
}

/// G.113 appendix I for G.711 with loss concealment. The values that it has for wider codecs (appendices IV and V) belong to
/// the wideband and fullband scales of G.107.1 and G.107.2, not to this one; G.722 and Opus are taken as no better and no
/// worse than G.711, which is an assumption of ours and no measurement.
fn impairment(codec: Codec) -> Impairment {
    match codec {
        Codec::Pcmu | Codec::Pcma | Codec::ComfortNoise | Codec::TelephoneEvent => {
            Impairment { equipment: 0.0, robustness: 25.1 }
        }
        Codec::G722 | Codec::Opus => Impairment { equipment: 0.0, robustness: 25.1 },
    }
}

/// Mean opinion score 1..4.5; `loss` 0..1, an unknown round trip counts as none.
pub fn mos(codec: Codec, loss: f64, jitter_ms: f64, round_trip_ms: Option<f64>) -> f64 {
    let delay = round_trip_ms.unwrap_or(0.0) / 2.0 + BUFFERED_JITTERS * jitter_ms + PACKET_MS;
    let delay_impairment = 0.024 * delay + if delay > DELAY_KNEE_MS { 0.11 * (delay - DELAY_KNEE_MS) } else { 0.0 };
    let loss_percent = loss.clamp(0.0, 1.0) * 100.0;
    let Impairment { equipment, robustness } = impairment(codec);
    let loss_impairment = equipment + (WORST_IMPAIRMENT - equipment) * loss_percent / (loss_percent + robustness);
    let r = (BEST_R - delay_impairment - loss_impairment).clamp(0.0, 100.0);
    (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_line_scores_as_g_711_does_and_loss_and_delay_only_lower_it() {
        for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus] {
            let clean = mos(codec, 0.0, 0.0, None);
            assert!((4.35..4.45).contains(&clean), "{clean}");
            let ladder = [0.0, 0.01, 0.03, 0.1, 0.3, 1.0].map(|loss| mos(codec, loss, 1.0, Some(40.0)));
            assert!(ladder.windows(2).all(|pair| pair[1] < pair[0]), "{ladder:?}");
            assert!(mos(codec, 0.0, 0.0, Some(800.0)) < 3.7);
            assert!(mos(codec, 1.0, 500.0, Some(5000.0)) >= 1.0);
        }
    }

    /// G.107: at Ppl = Bpl half of the worst impairment is left.
    #[test]
    fn loss_of_the_codec_s_robustness_costs_half_of_everything() {
        let r = BEST_R - 0.024 * PACKET_MS - WORST_IMPAIRMENT / 2.0;
        let expected = 1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6;
        assert!((mos(Codec::Pcma, 0.251, 0.0, None) - expected).abs() < 1e-9);
    }
}
