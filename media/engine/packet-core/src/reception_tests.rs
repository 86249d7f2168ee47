use super::*;
use proptest::prelude::*;

const PACKET: Nanos = 20_000_000;

fn feed(reception: &mut Reception, ssrc: u32, sequences: impl IntoIterator<Item = u16>) -> Vec<Verdict> {
    sequences.into_iter().map(|sequence| reception.accept(ssrc, sequence, 160, PACKET)).collect()
}

#[test]
fn loss_is_counted_through_the_wrap_and_over_two_sources() {
    let mut reception = Reception::default();
    feed(&mut reception, 1, (65_500..=65_535).chain(0..10));
    assert_eq!(reception.lost(), 0);
    feed(&mut reception, 1, [15, 14]);
    assert_eq!((reception.lost(), reception.figures.out_of_order), (4, 1));
    feed(&mut reception, 2, [100, 102]);
    assert_eq!((reception.lost(), reception.generation()), (5, 1));
}

#[test]
fn a_duplicate_and_a_wild_packet_are_told_apart_from_a_restart() {
    let mut reception = Reception::default();
    feed(&mut reception, 1, 1000..1005);
    assert_eq!(feed(&mut reception, 1, [1004]), [Verdict::Duplicate]);
    assert_eq!(feed(&mut reception, 1, [30_000]), [Verdict::Suspect]);
    assert!(matches!(feed(&mut reception, 1, [1005])[0], Verdict::Accepted(_)));
    feed(&mut reception, 1, [40_000, 40_001]);
    assert_eq!((reception.generation(), reception.lost()), (1, 0));
}

#[test]
fn the_fraction_covers_the_interval_and_the_sum_covers_all() {
    let mut reception = Reception::default();
    feed(&mut reception, 1, (0..100).filter(|n| n % 4 != 3));
    let first = reception.report().expect("received");
    assert_eq!((first.fraction, first.cumulative, first.highest), (62, 24, 98));
    feed(&mut reception, 1, 99..200);
    let second = reception.report().expect("received");
    assert_eq!((second.fraction, second.cumulative), (0, 24));
}

#[test]
fn runs_of_loss_are_counted_over_two_sources() {
    let mut reception = Reception::default();
    feed(&mut reception, 1, (0..100).filter(|n| !(40..45).contains(n) && *n != 98));
    feed(&mut reception, 2, (0..100).filter(|n| *n != 50));
    assert_eq!(reception.lost_bursts(), (3, 5));
}

#[test]
fn jitter_of_a_steady_stream_is_zero_and_of_an_alternating_one_approaches_its_change() {
    let mut reception = Reception::default();
    for n in 0..200u32 {
        reception.note_transit(n * 160, 8000, u64::from(n) * PACKET);
    }
    assert_eq!(reception.jitter(), 0);
    for n in 200..2000u32 {
        let late = u64::from(n % 2) * 5_000_000;
        reception.note_transit(n * 160, 8000, u64::from(n) * PACKET + late);
    }
    assert!((39..=41).contains(&reception.jitter()), "{}", reception.jitter());
}

proptest! {
    #[test]
    fn what_is_sent_is_received_or_lost(start: u16, kept in proptest::collection::vec(any::<bool>(), 2..2000)) {
        let mut kept = kept;
        kept[0] = true;
        *kept.last_mut().unwrap() = true;
        let mut reception = Reception::default();
        let mut sequence = start;
        for keep in &kept {
            if *keep {
                reception.accept(9, sequence, 160, PACKET);
            }
            sequence = sequence.wrapping_add(1);
        }
        prop_assert_eq!(reception.lost() + reception.figures.packets, kept.len() as u64);
    }
}
