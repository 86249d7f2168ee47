//! Listening quality by the E-model (ITU-T G.107), with the standard's default values and G.711 with loss concealment.

/// R of a connection without delay or loss (G.107 annex: all parameters at their defaults).
const BEST_R: f64 = 93.2;
/// G.113 appendix I: G.711 with packet loss concealment, random loss.
const ROBUSTNESS: f64 = 25.1;
/// Beyond this one-way delay conversation suffers (G.107, simplified delay impairment).
const DELAY_KNEE_MS: f64 = 177.3;
const PACKET_MS: f64 = 20.0;
/// What a usual receiver's buffer holds, in multiples of the jitter.
const BUFFERED_JITTERS: f64 = 2.0;

/// Mean opinion score 1..4.5; `loss` 0..1, an unknown round trip counts as none.
pub fn mos(loss: f64, jitter_ms: f64, round_trip_ms: Option<f64>) -> f64 {
    let delay = round_trip_ms.unwrap_or(0.0) / 2.0 + BUFFERED_JITTERS * jitter_ms + PACKET_MS;
    let delay_impairment = 0.024 * delay + if delay > DELAY_KNEE_MS { 0.11 * (delay - DELAY_KNEE_MS) } else { 0.0 };
    let loss_percent = loss.clamp(0.0, 1.0) * 100.0;
    let loss_impairment = 95.0 * loss_percent / (loss_percent + ROBUSTNESS);
    let r = (BEST_R - delay_impairment - loss_impairment).clamp(0.0, 100.0);
    (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_line_scores_as_g_711_does_and_loss_and_delay_only_lower_it() {
        let clean = mos(0.0, 0.0, None);
        assert!((4.35..4.45).contains(&clean), "{clean}");
        let ladder = [0.0, 0.01, 0.03, 0.1, 0.3, 1.0].map(|loss| mos(loss, 1.0, Some(40.0)));
        assert!(ladder.windows(2).all(|pair| pair[1] < pair[0]), "{ladder:?}");
        assert!(mos(0.0, 0.0, Some(800.0)) < 3.7);
        assert!(mos(1.0, 500.0, Some(5000.0)) >= 1.0);
    }
}
