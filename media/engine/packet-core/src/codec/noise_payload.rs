//! The payload of comfort noise (RFC 3389 3): a level, then reflection coefficients, one octet each.

/// Reflection coefficients that are used: senders have 10 at most (ITU-T G.711 Appendix II, G.729 B); more say nothing of a
/// room's noise.
pub const MAX_ORDER: usize = 10;

/// The level takes seven bits (3.1).
const LEVEL_MASK: u8 = 0x7f;

/// A coefficient is 258 * (index - 127) / 32768 (3.2).
const ZERO_INDEX: f32 = 127.0;
const COEFFICIENT_STEP: f32 = 258.0 / 32_768.0;

/// Nearer to 1 the noise becomes a whistle, and its filter would take seconds to swing in.
const LARGEST: f32 = 0.95;

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NoisePayload {
    /// So many dB below overload (-dBov).
    pub level: u8,
    /// The spectrum's shape, nothing for white noise; the first is negative where low frequencies are the louder.
    pub reflections: [f32; MAX_ORDER],
}

impl NoisePayload {
    /// None without a level.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let (level, indices) = payload.split_first()?;
        let mut reflections = [0.0; MAX_ORDER];
        for (reflection, index) in reflections.iter_mut().zip(indices) {
            *reflection = (COEFFICIENT_STEP * (f32::from(*index) - ZERO_INDEX)).clamp(-LARGEST, LARGEST);
        }
        Some(Self { level: level & LEVEL_MASK, reflections })
    }

    /// Amplitude of the white noise that the filter of the coefficients makes as loud as 1.
    pub fn excitation(&self) -> f32 {
        self.reflections.iter().map(|reflection| 1.0 - reflection * reflection).product::<f32>().sqrt()
    }
}
