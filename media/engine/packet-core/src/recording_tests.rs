use super::*;
use crate::MILLISECOND;
use crate::canvas::Canvas;
use proptest::prelude::*;

const PACKET: Nanos = 20 * MILLISECOND;

fn sound(timestamp: u32, codes: &[u8]) -> Sound<'_> {
    Sound { generation: 0, timestamp, samples: Samples::Codes(Law::Pcma, codes) }
}

fn loud() -> [u8; 160] {
    [Law::Pcma.encode(8000); 160]
}

/// A time line and the canvas that the writer draws it on.
struct Desk {
    line: TimeLine,
    canvas: Canvas,
}

impl Desk {
    fn new() -> Self {
        Self { line: TimeLine::new(0), canvas: Canvas::default() }
    }

    fn place(&mut self, channel: usize, sound: Sound<'_>, now: Nanos) {
        self.line.place(channel, sound, now);
    }

    fn draw(&mut self, settled: &Settled, out: &mut Vec<i16>) -> u64 {
        self.canvas.draw(settled.first, settled.end, &settled.placed, out);
        settled.first
    }

    fn take_settled(&mut self, now: Nanos, out: &mut Vec<i16>) -> u64 {
        let settled = self.line.take_settled(now, Placed::default());
        self.draw(&settled, out)
    }

    fn take_all(&mut self, now: Nanos, out: &mut Vec<i16>) -> u64 {
        let settled = self.line.take_all(now);
        self.draw(&settled, out)
    }
}

/// The frames of one channel that hold sound.
fn sounding(samples: &[i16], channel: usize) -> Vec<usize> {
    samples.chunks(2).enumerate().filter(|(_, pair)| pair[channel] > 1000).map(|(at, _)| at).collect()
}

#[test]
fn both_directions_lie_where_they_arrived() {
    let mut desk = Desk::new();
    desk.place(CUSTOMER, sound(7_000_000, &loud()), 100 * MILLISECOND);
    desk.place(OURS, sound(5, &loud()), 300 * MILLISECOND);
    let mut out = Vec::new();
    desk.take_all(500 * MILLISECOND, &mut out);
    assert_eq!(out.len(), 2 * 4000);
    assert_eq!(sounding(&out, CUSTOMER), (800..960).collect::<Vec<_>>());
    assert_eq!(sounding(&out, OURS), (2400..2560).collect::<Vec<_>>());
}

#[test]
fn a_lost_packet_is_silence_of_its_length_and_jitter_leaves_no_hole() {
    let mut desk = Desk::new();
    for n in (0..20u32).filter(|n| *n != 7) {
        let jitter = u64::from(n * 7 % 5) * MILLISECOND;
        desk.place(CUSTOMER, sound(n * 160, &loud()), u64::from(n) * PACKET + jitter);
    }
    let mut out = Vec::new();
    desk.take_all(20 * PACKET, &mut out);
    let silent: Vec<usize> = (0..3200).filter(|at| !sounding(&out, CUSTOMER).contains(at)).collect();
    assert_eq!(silent, (7 * 160..8 * 160).collect::<Vec<_>>());
}

#[test]
fn a_sender_whose_clock_is_off_does_not_drift_away() {
    let mut desk = Desk::new();
    let mut out = Vec::new();
    // 200 ppm fast for an hour would be 0.72 s.
    let packets = 3600 * 50u32;
    for n in 0..packets {
        let now = u64::from(n) * (PACKET - 4_000);
        desk.place(CUSTOMER, sound(n.wrapping_mul(160), &loud()), now);
        out.clear();
        let first = desk.take_settled(now, &mut out);
        if n == packets - 1 {
            let last = first + sounding(&out, CUSTOMER).last().copied().unwrap_or(0) as u64;
            assert!(desk.line.frames_at(now) - last < 2 * MARGIN_FRAMES, "sound up to the end of what is settled");
        }
    }
    let expected = desk.line.tracks[CUSTOMER].position(
        0,
        packets.wrapping_mul(160),
        desk.line.frames_at(u64::from(packets) * (PACKET - 4_000)),
    );
    let arrival = desk.line.frames_at(u64::from(packets) * (PACKET - 4_000)) as i64;
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
    let mut desk = Desk::new();
    desk.line.pause(true, 100 * MILLISECOND);
    desk.place(CUSTOMER, sound(0, &loud()), 150 * MILLISECOND);
    desk.line.pause(false, 300 * MILLISECOND);
    let mut out = Vec::new();
    desk.take_all(400 * MILLISECOND, &mut out);
    assert!(out.iter().all(|sample| *sample == 0));
    assert_eq!(desk.line.gaps, [RecordingGap { start_seconds: 0.1, seconds: 0.2 }]);
}

#[test]
fn a_stopped_process_leaves_silence_not_a_shift() {
    let mut desk = Desk::new();
    desk.place(OURS, sound(0, &loud()), 0);
    let mut out = Vec::new();
    desk.take_settled(10_000 * MILLISECOND, &mut out);
    desk.place(OURS, sound(160, &loud()), 10_000 * MILLISECOND);
    desk.take_all(10_020 * MILLISECOND, &mut out);
    assert_eq!(out.len() / 2, 80_160);
    assert_eq!(sounding(&out, OURS), (0..160).chain(80_000..80_160).collect::<Vec<_>>());
}

#[test]
fn decoded_sound_lies_where_coded_sound_would() {
    let mut desk = Desk::new();
    desk.place(OURS, Sound { samples: Samples::Pcm(&[8000; 160]), ..sound(5, &[]) }, 100 * MILLISECOND);
    let mut out = Vec::new();
    desk.take_all(200 * MILLISECOND, &mut out);
    assert_eq!(sounding(&out, OURS), (800..960).collect::<Vec<_>>());
    assert_eq!(desk.canvas.voiced, [0, 160]);
}

#[test]
fn a_lost_block_shifts_nothing_and_a_flood_is_left_out() {
    let mut desk = Desk::new();
    desk.place(OURS, sound(0, &loud()), 0);
    desk.line.take_settled(1000 * MILLISECOND, Placed::default());
    let mut out = Vec::new();
    (0..1000).for_each(|_| desk.place(OURS, sound(9600, &loud()), 1200 * MILLISECOND));
    assert_eq!(desk.take_all(1300 * MILLISECOND, &mut out), 6400);
    assert_eq!(sounding(&out, OURS), (3200..3360).collect::<Vec<_>>(), "from frame 6400 on");
    assert!(desk.canvas.voiced[OURS] < 40_000);
}

proptest! {
    #[test]
    fn the_length_is_the_wall_time(steps in proptest::collection::vec((0u64..300, any::<u32>(), 0u32..3), 1..60)) {
        let mut desk = Desk::new();
        let mut now = 0;
        let mut out = Vec::new();
        let mut next = 0;
        for (milliseconds, timestamp, generation) in steps {
            now += milliseconds * MILLISECOND;
            desk.place(CUSTOMER, Sound { generation, ..sound(timestamp, &loud()) }, now);
            let before = out.len();
            let first = desk.take_settled(now, &mut out);
            prop_assert_eq!(first, next);
            next += ((out.len() - before) / 2) as u64;
        }
        desk.take_all(now, &mut out);
        prop_assert_eq!(out.len() as u64 / 2, now / MILLISECOND * 8);
    }
}
