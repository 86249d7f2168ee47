//! The quadrature mirror filters (clause 5.2.1, table 11): 16 kHz into two bands of 8 kHz and back, 24 taps.

/// Half of the symmetrical impulse response, in 1/8192.
const COEFFICIENTS: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

/// The last twelve pairs of samples, the first and the second of each pair apart, oldest first.
#[derive(Debug, Default)]
pub struct FilterBank {
    firsts: [i32; 12],
    seconds: [i32; 12],
}

impl FilterBank {
    fn filter(&mut self, first: i32, second: i32) -> (i32, i32) {
        self.firsts.copy_within(1.., 0);
        self.seconds.copy_within(1.., 0);
        self.firsts[11] = first;
        self.seconds[11] = second;
        let rising = self.firsts.iter().zip(&COEFFICIENTS).map(|(sample, tap)| sample * tap).sum();
        let falling = self.seconds.iter().zip(COEFFICIENTS.iter().rev()).map(|(sample, tap)| sample * tap).sum();
        (rising, falling)
    }

    /// The sample of the lower and of the higher band (15 bits each) for two samples.
    pub fn split(&mut self, pair: [i16; 2]) -> (i32, i32) {
        let (rising, falling) = self.filter(i32::from(pair[0]), i32::from(pair[1]));
        ((falling + rising) >> 14, (falling - rising) >> 14)
    }

    /// Two samples for one of each band.
    pub fn join(&mut self, low: i32, high: i32) -> [i16; 2] {
        let (rising, falling) = self.filter(low + high, low - high);
        [saturated(falling >> 11), saturated(rising >> 11)]
    }
}

fn saturated(sample: i32) -> i16 {
    sample.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}
