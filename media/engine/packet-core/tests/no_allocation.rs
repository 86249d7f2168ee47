//! Once warm, no frame of sound allocates: not in a codec, not between two bands, not in a pause. (What libopus takes, it
//! takes when it is made; it is C and not counted here.)

use control_messages::{Codec, Payload};
use packet_core::codec::{Band, ComfortNoise, Decoder, Encoder, MAX_ENCODED_BYTES, Pcm};
use packet_core::resample::{Down, Up};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `alloc` above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const WARM: usize = 10;
const FRAMES: usize = 1000;

fn allocations(mut one: impl FnMut(usize)) -> u64 {
    (0..WARM).for_each(&mut one);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    (0..FRAMES).for_each(one);
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

/// Something that is nothing twice.
fn sample(n: usize) -> i16 {
    ((n * n) % 8191) as i16 - 4096
}

/// One test, as the counter is one.
#[test]
fn sound_allocates_nothing_once_warm() {
    for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus] {
        let payload = Payload { number: 96, codec, clock_rate: 8000, fec: true, dtx: true };
        let mut encoder = Encoder::new(&payload).expect("an encoder");
        let mut decoder = Decoder::new(codec).expect("a decoder");
        let (mut frame, mut packet, mut out) = ([0; Band::Wide.tick()], [0; MAX_ENCODED_BYTES], Pcm::default());
        let tick = encoder.band().tick();
        let made = allocations(|n| {
            frame[..tick].iter_mut().enumerate().for_each(|(at, place)| *place = sample(n * tick + at));
            let length = encoder.encode(&frame[..tick], &mut packet);
            decoder.recover(&packet[..length], &mut out);
            decoder.decode(&packet[..length], &mut out);
            decoder.conceal(&mut out);
        });
        assert_eq!(made, 0, "{codec:?}");
    }
    let (mut up, mut down) = (Up::new().expect("a filter"), Down::new().expect("a filter"));
    let (mut narrow, mut wide) = ([0; Band::Narrow.tick()], [0; Band::Wide.tick()]);
    let mut noise = ComfortNoise::default();
    let made = allocations(|n| {
        noise.update(&[50, 100, 130], n as u32);
        noise.generate(&mut narrow);
        up.run(&narrow, &mut wide);
        down.run(&wide, &mut narrow);
    });
    assert_eq!(made, 0, "bands and pauses");
}
