//! Numbers that need not be secret: report intervals. Seeded by the caller, so that a test can repeat a run.

/// Xorshift64* (Vigna).
#[derive(Debug)]
pub struct Spread(u64);

impl Spread {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// Evenly between 0 and 1.
    pub fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 53) as f64
    }
}
