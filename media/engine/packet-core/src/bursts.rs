//! Runs of packets lost one after the other: what a listener notices of loss.

use crate::replay::{SeenWindow, WINDOW};

/// A packet that comes later than so many after it (320 ms at 20 ms) is lost to the listener: no buffer waits so long.
const PATIENCE: u64 = 16;

/// Counts runs of one stream's missing numbers once it is clear that they will not come.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bursts {
    /// The first number that is not decided yet.
    next: Option<u64>,
    run: u64,
    count: u64,
    longest: u64,
}

impl Bursts {
    /// Call before `number` is marked as seen: a jump may push undecided numbers out of the window.
    pub fn before(&mut self, seen: &SeenWindow, number: u64) {
        let Some(highest) = seen.highest() else {
            self.next = Some(number);
            return;
        };
        if number > highest && number - highest >= WINDOW - PATIENCE {
            self.decide(seen, highest);
            self.run += number - highest - 1;
            self.next = Some(number);
        }
    }

    /// Call after it is marked.
    pub fn after(&mut self, seen: &SeenWindow) {
        let Some(highest) = seen.highest() else { return };
        self.decide(seen, highest.saturating_sub(PATIENCE));
    }

    /// The series ends (another synchronisation source): whatever is missing stays so.
    pub fn end(&mut self, seen: &SeenWindow) {
        if let Some(highest) = seen.highest() {
            self.decide(seen, highest);
        }
        self.close();
        self.next = None;
    }

    /// Number of runs and the longest one, with those that are not decided yet.
    pub fn figures(mut self, seen: &SeenWindow) -> (u64, u64) {
        self.end(seen);
        (self.count, self.longest)
    }

    fn decide(&mut self, seen: &SeenWindow, last: u64) {
        let Some(first) = self.next else { return };
        for number in first..=last {
            match seen.is_new(number) {
                true => self.run += 1,
                false => self.close(),
            }
        }
        self.next = Some(first.max(last + 1));
    }

    fn close(&mut self) {
        self.count += u64::from(self.run > 0);
        self.longest = self.longest.max(self.run);
        self.run = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn figures(numbers: impl IntoIterator<Item = u64>) -> (u64, u64) {
        let (mut bursts, mut seen) = (Bursts::default(), SeenWindow::default());
        for number in numbers {
            bursts.before(&seen, number);
            seen.mark(number);
            bursts.after(&seen);
        }
        bursts.figures(&seen)
    }

    #[test]
    fn single_losses_and_runs_are_told_apart() {
        assert_eq!(figures(1000..1100), (0, 0));
        assert_eq!(figures((1000..1100).filter(|n| *n != 1050)), (1, 1));
        assert_eq!(figures((1000..1100).filter(|n| !(1050..1054).contains(n) && *n != 1070)), (2, 4));
        assert_eq!(figures((1000..1100).filter(|n| n % 10 != 5)), (10, 1));
    }

    #[test]
    fn a_packet_out_of_order_is_not_lost() {
        assert_eq!(figures([1000, 1002, 1001, 1003, 1010, 1004, 1005, 1006, 1007, 1008, 1009, 1011]), (0, 0));
        assert_eq!(figures([1000, 1003, 1002, 1004]), (1, 1), "one of two is still missing");
    }

    #[test]
    fn a_gap_longer_than_the_window_is_one_run() {
        assert_eq!(figures((1000..1050).chain(1550..1600)), (1, 500));
        assert_eq!(figures([1000, 1001, 1003, 2000, 2001]), (2, 996));
    }

    proptest! {
        #[test]
        fn runs_are_what_a_list_of_the_missing_says(lost in proptest::collection::vec(any::<bool>(), 1..600)) {
            let arrived: Vec<u64> = (0..lost.len()).filter(|n| *n == 0 || !lost[*n]).map(|n| 1000 + n as u64).collect();
            let gaps: Vec<u64> = arrived.windows(2).map(|pair| pair[1] - pair[0] - 1).filter(|gap| *gap > 0).collect();
            let expected = (gaps.len() as u64, gaps.iter().copied().max().unwrap_or(0));
            prop_assert_eq!(figures(arrived), expected);
        }
    }
}
