//! G.711 (ITU-T): logarithmic 8-bit samples, both laws, and the way between them by tables.

use control_messages::Codec;

/// Silence in both laws.
pub const PCMU_SILENCE: u8 = 0xff;
pub const PCMA_SILENCE: u8 = 0xd5;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Law {
    Pcmu,
    Pcma,
}

const PCMU_BIAS: i32 = 0x84;
const PCMU_CLIP: i32 = 32_635;

static PCMU_TO_LINEAR: [i16; 256] = decode_table(Law::Pcmu);
static PCMA_TO_LINEAR: [i16; 256] = decode_table(Law::Pcma);
static PCMU_TO_PCMA: [u8; 256] = translation(Law::Pcmu, Law::Pcma);
static PCMA_TO_PCMU: [u8; 256] = translation(Law::Pcma, Law::Pcmu);

const fn decode_pcmu(code: u8) -> i16 {
    let inverted = !code as i32;
    let exponent = (inverted >> 4) & 7;
    let magnitude = ((((inverted & 0x0f) << 3) + PCMU_BIAS) << exponent) - PCMU_BIAS;
    if inverted & 0x80 != 0 { -magnitude as i16 } else { magnitude as i16 }
}

const fn decode_pcma(code: u8) -> i16 {
    let toggled = (code ^ 0x55) as i32;
    let exponent = (toggled >> 4) & 7;
    let mantissa = (toggled & 0x0f) << 4;
    let magnitude = if exponent == 0 { mantissa + 8 } else { (mantissa + 0x108) << (exponent - 1) };
    if toggled & 0x80 != 0 { magnitude as i16 } else { -magnitude as i16 }
}

const fn encode_pcmu(sample: i16) -> u8 {
    let negative = sample < 0;
    let mut magnitude = if negative { -(sample as i32) } else { sample as i32 };
    if magnitude > PCMU_CLIP {
        magnitude = PCMU_CLIP;
    }
    magnitude += PCMU_BIAS;
    let exponent = 24 - (magnitude as u32).leading_zeros() as i32;
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    !((if negative { 0x80 } else { 0 }) | (exponent << 4) | mantissa) as u8
}

const fn encode_pcma(sample: i16) -> u8 {
    let positive = sample >= 0;
    // One's complement on the negative side keeps the two halves symmetrical, as the standard has them.
    let magnitude = if positive { sample as i32 } else { !(sample as i32) };
    let code = if magnitude < 256 {
        magnitude >> 4
    } else {
        let exponent = 24 - (magnitude as u32).leading_zeros() as i32;
        (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)
    };
    ((if positive { 0x80 } else { 0 }) | code) as u8 ^ 0x55
}

/// By the 12 bits of a sample that A-law looks at.
static LINEAR_TO_PCMA: [u8; 1 << 12] = pcma_table();
/// By the upper 13 of the 15 bits of a sample's magnitude, for samples that are not negative.
static MAGNITUDE_TO_PCMU: [u8; 1 << 13] = pcmu_table();

const fn pcma_table() -> [u8; 1 << 12] {
    let mut table = [0; 1 << 12];
    let mut upper = 0;
    while upper < table.len() {
        table[upper] = encode_pcma(((upper as u16) << 4) as i16);
        upper += 1;
    }
    table
}

const fn pcmu_table() -> [u8; 1 << 13] {
    let mut table = [0; 1 << 13];
    let mut upper = 0;
    while upper < table.len() {
        table[upper] = encode_pcmu((upper << 2) as i16);
        upper += 1;
    }
    table
}

const fn decode_table(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = match law {
            Law::Pcmu => decode_pcmu(code as u8),
            Law::Pcma => decode_pcma(code as u8),
        };
        code += 1;
    }
    table
}

const fn translation(from: Law, to: Law) -> [u8; 256] {
    let linear = decode_table(from);
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = match to {
            Law::Pcmu => encode_pcmu(linear[code]),
            Law::Pcma => encode_pcma(linear[code]),
        };
        code += 1;
    }
    table
}

impl Law {
    pub fn codec(self) -> Codec {
        match self {
            Self::Pcmu => Codec::Pcmu,
            Self::Pcma => Codec::Pcma,
        }
    }

    pub fn silence(self) -> u8 {
        match self {
            Self::Pcmu => PCMU_SILENCE,
            Self::Pcma => PCMA_SILENCE,
        }
    }

    fn linear(self) -> &'static [i16; 256] {
        match self {
            Self::Pcmu => &PCMU_TO_LINEAR,
            Self::Pcma => &PCMA_TO_LINEAR,
        }
    }

    pub fn decode(self, code: u8) -> i16 {
        self.linear()[usize::from(code)]
    }

    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Pcmu => encode_pcmu(sample),
            Self::Pcma => encode_pcma(sample),
        }
    }

    /// Decode as many `codes` as there is room for.
    pub fn decode_all(self, codes: &[u8], out: &mut [i16]) {
        let linear = self.linear();
        out.iter_mut().zip(codes).for_each(|(sample, code)| *sample = linear[usize::from(*code)]);
    }

    /// Encode as many `samples` as there is room for, by tables of 4 and 8 kB.
    pub fn encode_all(self, samples: &[i16], out: &mut [u8]) {
        let pairs = out.iter_mut().zip(samples);
        match self {
            Self::Pcma => pairs.for_each(|(code, sample)| *code = LINEAR_TO_PCMA[usize::from(*sample as u16 >> 4)]),
            Self::Pcmu => pairs.for_each(|(code, sample)| {
                let magnitude = sample.unsigned_abs().min(i16::MAX as u16);
                *code = MAGNITUDE_TO_PCMU[usize::from(magnitude >> 2)] ^ ((*sample >> 8) as u8 & 0x80);
            }),
        }
    }

    /// Copy `codes` to `out` (same length), in the other law where the two differ.
    pub fn translate(self, codes: &[u8], to: Self, out: &mut [u8]) {
        let table = match (self, to) {
            (Self::Pcmu, Self::Pcma) => &PCMU_TO_PCMA,
            (Self::Pcma, Self::Pcmu) => &PCMA_TO_PCMU,
            _ => return out.copy_from_slice(codes),
        };
        for (to, from) in out.iter_mut().zip(codes) {
            *to = table[usize::from(*from)];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes_of_the_standard() {
        assert_eq!((Law::Pcmu.decode(0x00), Law::Pcmu.decode(0x80), Law::Pcmu.decode(0xff)), (-32_124, 32_124, 0));
        assert_eq!((Law::Pcma.decode(0x2a), Law::Pcma.decode(0xaa), Law::Pcma.decode(0xd5)), (-32_256, 32_256, 8));
        assert_eq!((Law::Pcmu.encode(0), Law::Pcma.encode(0)), (PCMU_SILENCE, PCMA_SILENCE));
    }

    #[test]
    fn every_code_survives_decoding_and_encoding() {
        for law in [Law::Pcmu, Law::Pcma] {
            for code in 0..=255u8 {
                let again = law.encode(law.decode(code));
                assert_eq!(law.decode(again), law.decode(code), "{law:?} {code:#x}");
            }
        }
    }

    #[test]
    fn every_sample_is_coded_within_the_step_of_its_segment() {
        for law in [Law::Pcmu, Law::Pcma] {
            for sample in i16::MIN..=i16::MAX {
                let error = (i32::from(law.decode(law.encode(sample))) - i32::from(sample)).abs();
                let allowed = (i32::from(sample).abs() / 16).max(16) + 1;
                let clipped = i32::from(sample).abs() > 32_100;
                assert!(error <= allowed || clipped, "{law:?} {sample} off by {error}");
            }
        }
    }

    #[test]
    fn translation_there_and_back_is_within_one_step() {
        for code in 0..=255u8 {
            let (mut there, mut back) = ([0], [0]);
            Law::Pcmu.translate(&[code], Law::Pcma, &mut there);
            Law::Pcma.translate(&there, Law::Pcmu, &mut back);
            let error = (i32::from(Law::Pcmu.decode(code)) - i32::from(Law::Pcmu.decode(back[0]))).abs();
            assert!(error <= i32::from(Law::Pcmu.decode(code)).abs() / 16 + 16, "{code:#x}");
        }
    }

    #[test]
    fn tables_encode_every_sample_as_the_formulas_do() {
        let all: Vec<i16> = (i16::MIN..=i16::MAX).collect();
        for law in [Law::Pcmu, Law::Pcma] {
            let mut codes = vec![0; all.len()];
            law.encode_all(&all, &mut codes);
            assert!(all.iter().zip(&codes).all(|(sample, code)| law.encode(*sample) == *code), "{law:?}");
        }
    }
}
