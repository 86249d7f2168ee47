//! Comfort noise (RFC 3389 3.1): white noise of the level that the sender tells.

use crate::switchboard::random::Spread;

/// 0 dBov: a square wave of full scale.
const OVERLOAD: f64 = 32_768.0;
const LEVEL_MASK: u8 = 0x7f;

#[derive(Debug)]
pub struct ComfortNoise {
    random: Spread,
    amplitude: f64,
}

impl ComfortNoise {
    pub fn new(seed: u64) -> Self {
        Self { random: Spread::new(seed), amplitude: 0.0 }
    }

    /// Sound like this from now on; the first octet is the level below overload in dB.
    pub fn update(&mut self, payload: &[u8]) {
        let Some(level) = payload.first() else { return };
        // Even noise between -a and a has the power a * a / 3.
        self.amplitude = OVERLOAD * 10f64.powf(-f64::from(level & LEVEL_MASK) / 20.0) * 3f64.sqrt();
    }

    /// Replace `out` by noise.
    pub fn generate(&mut self, out: &mut [i16]) {
        for sample in out {
            *sample = ((self.random.unit() - 0.5) * 2.0 * self.amplitude) as i16;
        }
    }
}
