//! One sub-band's adaptive differential PCM: a predictor of two poles and six zeros, and a quantizer whose scale adapts.

use super::quantizer::Quantizer;
use super::tables::INVERSE_LOGARITHM;

#[derive(Debug)]
pub struct SubBand {
    quantizer: &'static Quantizer,
    /// Quantizer scale DET and its logarithm NB.
    scale: i32,
    logarithm: i32,
    /// The predicted sample S and the zeros' part of it, SZ.
    predicted: i32,
    by_zeros: i32,
    /// Coefficients AL and BL, newest sample's first.
    poles: [i32; 2],
    zeros: [i32; 6],
    /// Reconstructed samples RLT, partially reconstructed ones PLT, quantized differences DLT; newest first.
    reconstructed: [i32; 2],
    partial: [i32; 2],
    differences: [i32; 6],
}

fn saturate(value: i32) -> i32 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX))
}

/// Samples of a sub-band have 15 bits (LIMIT).
fn limit(value: i32) -> i32 {
    value.clamp(-16_384, 16_383)
}

fn negative(value: i32) -> bool {
    value < 0
}

impl SubBand {
    pub fn new(quantizer: &'static Quantizer) -> Self {
        Self {
            quantizer,
            scale: quantizer.first_scale,
            logarithm: 0,
            predicted: 0,
            by_zeros: 0,
            poles: [0; 2],
            zeros: [0; 6],
            reconstructed: [0; 2],
            partial: [0; 2],
            differences: [0; 6],
        }
    }

    /// The code of the next sample (SUBTRA, QUANTL or QUANTH).
    pub fn encode(&mut self, sample: i32) -> u8 {
        let code = (self.quantizer.code)(saturate(sample - self.predicted), self.scale);
        self.adapt(code);
        code
    }

    /// The sample of a code (INVQBL or INVQAH, RECONS, LIMIT).
    pub fn decode(&mut self, code: u8) -> i32 {
        let level = self.quantizer.fine[usize::from(code)];
        let sample = limit(self.predicted + ((self.scale * level) >> 15));
        self.adapt(code);
        sample
    }

    /// Scale and predictor for the next sample, from nothing but the code: both ends do the same.
    fn adapt(&mut self, code: u8) {
        let coarse = usize::from(code >> self.quantizer.dropped);
        let difference = (self.scale * self.quantizer.coarse[coarse]) >> 15;
        self.adapt_scale(self.quantizer.scale_steps[coarse]);
        let reconstructed = saturate(self.predicted + difference);
        let partial = saturate(self.by_zeros + difference);
        self.adapt_poles(partial);
        self.adapt_zeros(difference);
        self.reconstructed = [reconstructed, self.reconstructed[0]];
        self.partial = [partial, self.partial[0]];
        self.differences.copy_within(..5, 1);
        self.differences[0] = difference;
        self.predict();
    }

    /// LOGSCL and SCALEL, or LOGSCH and SCALEH.
    fn adapt_scale(&mut self, step: i32) {
        self.logarithm = (((self.logarithm * 127) >> 7) + step).clamp(0, self.quantizer.largest_logarithm);
        let mantissa = INVERSE_LOGARITHM[(self.logarithm >> 6 & 31) as usize];
        let shift = self.quantizer.shift - (self.logarithm >> 11);
        let scale = if shift < 0 { mantissa << -shift } else { mantissa >> shift };
        self.scale = scale << 2;
    }

    /// UPPOL2 and UPPOL1: the poles follow the signs of the partially reconstructed samples, within what is stable.
    fn adapt_poles(&mut self, partial: i32) {
        let same = |other: i32| negative(partial) == negative(other);
        let signed = |step: i32, other: i32| if same(other) { step } else { -step };
        let by_first = signed(-saturate(self.poles[0] << 2), self.partial[0]).min(32_767) >> 7;
        let second = by_first + signed(128, self.partial[1]) + ((self.poles[1] * 32_512) >> 15);
        let second = second.clamp(-12_288, 12_288);
        let bound = 15_360 - second;
        let first = signed(192, self.partial[0]) + ((self.poles[0] * 32_640) >> 15);
        self.poles = [first.clamp(-bound, bound), second];
    }

    /// UPZERO.
    fn adapt_zeros(&mut self, difference: i32) {
        let step = if difference == 0 { 0 } else { 128 };
        for (zero, earlier) in self.zeros.iter_mut().zip(&self.differences) {
            let sign = if negative(difference) == negative(*earlier) { step } else { -step };
            *zero = saturate(sign + ((*zero * 32_640) >> 15));
        }
    }

    /// FILTEP, FILTEZ and PREDIC.
    fn predict(&mut self) {
        let product = |(coefficient, sample): (&i32, &i32)| (coefficient * saturate(sample << 1)) >> 15;
        let by_poles: i32 = self.poles.iter().zip(&self.reconstructed).map(product).sum();
        self.by_zeros = saturate(self.zeros.iter().zip(&self.differences).map(product).sum());
        self.predicted = saturate(saturate(by_poles) + self.by_zeros);
    }
}
