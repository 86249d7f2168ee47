//! Which of the last numbers of a rising series were seen (RFC 3711 3.3.2).

/// 128 packets are 2.5 s of 20 ms audio: later than that nobody wants it (RFC 3711 asks for 64 at least).
pub const WINDOW: u64 = 128;

#[derive(Debug, Clone, Copy, Default)]
pub struct SeenWindow {
    /// Bit n: `highest - n` was seen. Zero: nothing was seen yet.
    bits: u128,
    highest: u64,
}

impl SeenWindow {
    /// True when `number` was not seen and is not older than the window.
    pub fn is_new(&self, number: u64) -> bool {
        if self.bits == 0 || number > self.highest {
            return true;
        }
        let age = self.highest - number;
        age < WINDOW && self.bits & (1 << age) == 0
    }

    pub fn mark(&mut self, number: u64) {
        if self.bits == 0 {
            self.bits = 1;
            self.highest = number;
        } else if number > self.highest {
            let ahead = number - self.highest;
            self.bits = if ahead < WINDOW { (self.bits << ahead) | 1 } else { 1 };
            self.highest = number;
        } else if self.highest - number < WINDOW {
            self.bits |= 1 << (self.highest - number);
        }
    }

    /// The highest number seen, None before the first.
    pub fn highest(&self) -> Option<u64> {
        (self.bits != 0).then_some(self.highest)
    }
}

/// The extended number of a 16-bit one, nearest to `reference` (RFC 3711 appendix A).
pub fn extend(sequence: u16, reference: u64) -> u64 {
    let delta = i64::from(sequence.wrapping_sub(reference as u16) as i16);
    reference.checked_add_signed(delta).unwrap_or_else(|| u64::from(sequence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_is_new_exactly_once(numbers in proptest::collection::vec(1000u64..1100, 1..300)) {
            let mut window = SeenWindow::default();
            let mut seen = std::collections::HashSet::new();
            for number in numbers {
                prop_assert_eq!(window.is_new(number), !seen.contains(&number));
                window.mark(number);
                seen.insert(number);
            }
        }

        #[test]
        fn extension_finds_the_number_within_half_a_cycle(reference in 40_000u64..1 << 40, offset in -32_000i64..32_000) {
            let number = reference.checked_add_signed(offset).expect("in range");
            prop_assert_eq!(extend(number as u16, reference), number);
        }
    }

    #[test]
    fn numbers_older_than_the_window_are_refused() {
        let mut window = SeenWindow::default();
        window.mark(1000);
        assert!(window.is_new(1000 - WINDOW + 1) && !window.is_new(1000 - WINDOW));
    }
}
