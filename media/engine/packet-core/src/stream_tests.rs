use super::*;
use proptest::prelude::*;

const PACKET: Nanos = 20_000_000;

fn stream() -> SendStream {
    SendStream::new(1, 32_700, 5_000)
}

fn from(origin: Origin, number: u64, timestamp: u32) -> Incoming {
    Incoming { origin, number, timestamp, duration: 160, marker: false }
}

const A: Origin = Origin::Leg(1, 0);
const B: Origin = Origin::Leg(2, 0);

#[test]
fn a_switch_goes_on_in_number_and_time_and_is_marked() {
    let mut stream = stream();
    let first = stream.number(from(A, 70_000, 900), PACKET).expect("sent");
    let second = stream.number(from(A, 70_001, 1060), 2 * PACKET).expect("sent");
    let switched = stream.number(from(B, 3, 4_000_000), 3 * PACKET).expect("sent");
    assert_eq!((first.marker, second.marker, switched.marker), (true, false, true));
    assert_eq!((first.sequence, second.sequence, switched.sequence), (32_700, 32_701, 32_702));
    assert_eq!((second.timestamp - first.timestamp, switched.timestamp - second.timestamp), (160, 160));
}

#[test]
fn silence_between_two_sources_lets_the_time_stamp_run() {
    let mut stream = stream();
    let before = stream.number(from(A, 1, 0), 0).expect("sent");
    let after = stream.number(from(B, 1, 0), 60_000_000_000).expect("sent");
    assert_eq!(after.timestamp - before.timestamp, 480_000);
    assert_eq!(after.sequence - before.sequence, 1);
}

#[test]
fn loss_and_disorder_of_the_source_stay_visible() {
    let mut stream = stream();
    let numbers: Vec<u16> = [10, 12, 11, 14]
        .into_iter()
        .map(|n| stream.number(from(A, n, n as u32 * 160), n * PACKET).expect("sent").sequence)
        .collect();
    assert_eq!(numbers, [32_700, 32_702, 32_701, 32_704]);
}

#[test]
fn a_packet_from_before_the_switch_is_not_sent() {
    let mut stream = stream();
    stream.number(from(A, 10, 0), 0);
    stream.number(from(B, 10, 0), PACKET);
    assert_eq!(stream.number(from(B, 9, 0), PACKET), None);
    assert_eq!(stream.number(from(B, 10, 0), PACKET), None, "sent before");
}

#[test]
fn packets_left_out_on_purpose_leave_no_gap() {
    let mut stream = stream();
    stream.number(from(A, 10, 0), 0);
    stream.omit(A, 11);
    stream.omit(A, 12);
    assert_eq!(stream.number(from(A, 13, 480), 3 * PACKET).expect("sent").sequence, 32_701);
}

#[test]
fn a_time_stamp_that_starts_anew_behind_the_same_source_does_not_break_the_stream() {
    let mut stream = stream();
    let before = stream.number(from(A, 10, 1_000_000), 0).expect("sent");
    let after = stream.number(from(A, 11, 77), PACKET).expect("sent");
    assert_eq!((after.timestamp.wrapping_sub(before.timestamp), after.marker), (160, true));
}

#[derive(Debug, Clone)]
enum Step {
    Packet { lost: u64 },
    Switch { origin: usize, number: u64, timestamp: u32 },
    Silence { packets: u64 },
    Omitted,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0u64..3).prop_map(|lost| Step::Packet { lost }),
        1 => (0usize..3, 1u64..1 << 20, any::<u32>())
            .prop_map(|(origin, number, timestamp)| Step::Switch { origin, number, timestamp }),
        1 => (1u64..500).prop_map(|packets| Step::Silence { packets }),
        1 => Just(Step::Omitted),
    ];
    proptest::collection::vec(step, 1..400)
}

proptest! {
    /// Whatever happens behind it, the hearer's stream only moves forward, by what was lost and by the clock.
    #[test]
    fn the_stream_is_continuous(steps in steps(), start in 0u16..1 << 15, timestamp: u32) {
        let mut stream = SendStream::new(1, start, timestamp);
        let (mut origin, mut number, mut stamp, mut now) = (Origin::Leg(0, 0), 100_000u64, 0u32, 0u64);
        let mut last: Option<(Numbers, Nanos)> = None;
        let mut generation = 0;
        let mut gap = 0;
        for step in steps {
            let mut switched = false;
            match step {
                Step::Packet { lost } => {
                    number += 1 + lost;
                    stamp = stamp.wrapping_add(160 * (1 + lost as u32));
                    now += PACKET * (1 + lost);
                    gap += lost;
                }
                Step::Switch { origin: key, number: to, timestamp: at } => {
                    generation += 1;
                    origin = Origin::Leg(key, generation);
                    (number, stamp) = (to + 70_000, at);
                    now += PACKET;
                    gap = 0;
                    switched = true;
                }
                Step::Silence { packets } => {
                    stamp = stamp.wrapping_add(160 * packets as u32);
                    now += PACKET * packets;
                    continue;
                }
                Step::Omitted => {
                    number += 1;
                    stream.omit(origin, number);
                    continue;
                }
            }
            let sent = stream.number(Incoming { origin, number, timestamp: stamp, duration: 160, marker: false }, now).expect("sent");
            if let Some((before, at)) = last {
                prop_assert_eq!(u64::from(sent.sequence.wrapping_sub(before.sequence)), 1 + gap);
                let elapsed = to_units(now - at, 8000) as i64;
                let by_stamp = i64::from(sent.timestamp.wrapping_sub(before.timestamp));
                prop_assert!((by_stamp - elapsed).abs() <= 160, "{} against {}", by_stamp, elapsed);
                prop_assert_eq!(sent.marker, switched);
            }
            gap = 0;
            last = Some((sent, now));
        }
    }
}
