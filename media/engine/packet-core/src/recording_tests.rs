use super::*;
use crate::MILLISECOND;
use proptest::prelude::*;

const PACKET: Nanos = 20 * MILLISECOND;

fn sound(timestamp: u32, codes: &[u8]) -> Sound<'_> {
    Sound { generation: 0, timestamp, law: Law::Pcma, codes }
}

fn loud() -> [u8; 160] {
    [Law::Pcma.encode(8000); 160]
}

/// The frames of one channel that hold sound.
fn sounding(samples: &[i16], channel: usize) -> Vec<usize> {
    samples.chunks(2).enumerate().filter(|(_, pair)| pair[channel] > 1000).map(|(at, _)| at).collect()
}

#[test]
fn both_directions_lie_where_they_arrived() {
    let mut line = TimeLine::new(0);
    line.place(CUSTOMER, sound(7_000_000, &loud()), 100 * MILLISECOND);
    line.place(OURS, sound(5, &loud()), 300 * MILLISECOND);
    let mut out = Vec::new();
    line.take_all(500 * MILLISECOND, &mut out);
    assert_eq!(out.len(), 2 * 4000);
    assert_eq!(sounding(&out, CUSTOMER), (800..960).collect::<Vec<_>>());
    assert_eq!(sounding(&out, OURS), (2400..2560).collect::<Vec<_>>());
}

#[test]
fn a_lost_packet_is_silence_of_its_length_and_jitter_leaves_no_hole() {
    let mut line = TimeLine::new(0);
    for n in (0..20u32).filter(|n| *n != 7) {
        let jitter = u64::from(n * 7 % 5) * MILLISECOND;
        line.place(CUSTOMER, sound(n * 160, &loud()), u64::from(n) * PACKET + jitter);
    }
    let mut out = Vec::new();
    line.take_all(20 * PACKET, &mut out);
    let silent: Vec<usize> = (0..3200).filter(|at| !sounding(&out, CUSTOMER).contains(at)).collect();
    assert_eq!(silent, (7 * 160..8 * 160).collect::<Vec<_>>());
}

#[test]
fn a_sender_whose_clock_is_off_does_not_drift_away() {
    let mut line = TimeLine::new(0);
    let mut out = Vec::new();
    // 200 ppm fast for an hour would be 0.72 s.
    let packets = 3600 * 50u32;
    for n in 0..packets {
        let now = u64::from(n) * (PACKET - 4_000);
        line.place(CUSTOMER, sound(n.wrapping_mul(160), &loud()), now);
        out.clear();
        let first = line.take_settled(now, &mut out);
        if n == packets - 1 {
            let last = first + sounding(&out, CUSTOMER).last().copied().unwrap_or(0) as u64;
            assert!(line.frames_at(now) - last < 2 * MARGIN_FRAMES, "sound up to the end of what is settled");
        }
    }
    let expected = line.tracks[CUSTOMER].position(
        0,
        packets.wrapping_mul(160),
        line.frames_at(u64::from(packets) * (PACKET - 4_000)),
    );
    let arrival = line.frames_at(u64::from(packets) * (PACKET - 4_000)) as i64;
    assert!((arrival - expected).abs() <= MAX_EARLY + CORRECTED_DRIFT, "{}", arrival - expected);
}

#[test]
fn a_slow_sender_is_followed_within_a_few_milliseconds() {
    let mut track = Track::default();
    // 100 ppm slow: 10 ms behind after 100 s.
    let worst = (0..50 * 1000u32).map(|n| {
        let arrival = to_samples(u64::from(n) * (PACKET + 2_000)) as i64;
        arrival - track.position(0, n * 160, arrival as u64)
    });
    let worst = worst.max().expect("packets");
    assert!(worst <= CORRECTED_DRIFT + 8, "{worst} samples behind");
}

#[test]
fn a_pause_is_silent_and_counted() {
    let mut line = TimeLine::new(0);
    line.pause(true, 100 * MILLISECOND);
    line.place(CUSTOMER, sound(0, &loud()), 150 * MILLISECOND);
    line.pause(false, 300 * MILLISECOND);
    let mut out = Vec::new();
    line.take_all(400 * MILLISECOND, &mut out);
    assert!(out.iter().all(|sample| *sample == 0));
    assert_eq!(line.gaps, [RecordingGap { start_seconds: 0.1, seconds: 0.2 }]);
}

#[test]
fn a_stopped_process_leaves_silence_not_a_shift() {
    let mut line = TimeLine::new(0);
    line.place(OURS, sound(0, &loud()), 0);
    let mut out = Vec::new();
    line.take_settled(10_000 * MILLISECOND, &mut out);
    line.place(OURS, sound(160, &loud()), 10_000 * MILLISECOND);
    line.take_all(10_020 * MILLISECOND, &mut out);
    assert_eq!(out.len() / 2, 80_160);
    assert_eq!(sounding(&out, OURS), (0..160).chain(80_000..80_160).collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn the_length_is_the_wall_time(steps in proptest::collection::vec((0u64..300, any::<u32>(), 0u32..3), 1..60)) {
        let mut line = TimeLine::new(0);
        let mut now = 0;
        let mut out = Vec::new();
        let mut next = 0;
        for (milliseconds, timestamp, generation) in steps {
            now += milliseconds * MILLISECOND;
            line.place(CUSTOMER, Sound { generation, ..sound(timestamp, &loud()) }, now);
            let before = out.len();
            let first = line.take_settled(now, &mut out);
            prop_assert_eq!(first, next);
            next += ((out.len() - before) / 2) as u64;
        }
        line.take_all(now, &mut out);
        prop_assert_eq!(out.len() as u64 / 2, now / MILLISECOND * 8);
    }
}
