//! Whatever arrives in whatever order.

use super::*;
use crate::MILLISECOND;
use crate::codec::Decoder;
use crate::g711;
use control_messages::Codec;
use proptest::prelude::*;

/// One datagram or a tick, and the time until the next.
#[derive(Debug, Clone)]
enum Act {
    Packet { generation: u32, number: u64, timestamp: u32, noise: bool, length: usize },
    Tick,
}

fn act() -> impl Strategy<Value = (Act, u64)> {
    let numbers = prop_oneof![65_500u64..65_600, any::<u64>().prop_map(|n| n >> 2)];
    let timestamps = prop_oneof![
        (0u32..100).prop_map(|n| (u32::MAX - 8000).wrapping_add(n * 160)),
        (0u32..2000).prop_map(|n| n * 7),
        any::<u32>(),
    ];
    let lengths = prop_oneof![Just(160), Just(80), 0usize..1300];
    let packet = (0u32..2, numbers, timestamps, prop::bool::weighted(0.1), lengths).prop_map(
        |(generation, number, timestamp, noise, length)| Act::Packet { generation, number, timestamp, noise, length },
    );
    (prop_oneof![3 => packet, 2 => Just(Act::Tick)], prop_oneof![Just(0u64), Just(20), 0u64..40, 0u64..4000])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn anything_may_come_and_20_ms_leave(acts in prop::collection::vec(act(), 1..200)) {
        let mut buffer = JitterBuffer::new(8000);
        let mut decoder = Decoder::new(Codec::Pcma).unwrap();
        let mut now = 0;
        for (act, pause) in acts {
            now += pause * MILLISECOND;
            match act {
                Act::Packet { generation, number, timestamp, noise, length } => {
                    let kind = if noise { Kind::ComfortNoise } else { Kind::Audio };
                    // Silence in: silence out.
                    let payload = vec![if noise { 127 } else { g711::PCMA_SILENCE }; length];
                    buffer.put(&Arrival { generation, number, timestamp, kind, payload: &payload }, now);
                }
                Act::Tick => {
                    let heard = buffer.tick(&mut decoder, now);
                    prop_assert_eq!(heard.len(), 160);
                    prop_assert!(heard.iter().all(|sample| sample.abs() <= 16));
                    let first = buffer.store.first().map(|first| buffer.delay_of(first.timestamp, now));
                    prop_assert!(buffer.store.len() <= 1 || first.unwrap() <= MOST_DELAY_MS * 1000);
                }
            }
            prop_assert!(buffer.store.len() <= MAX_PACKETS);
        }
    }

    #[test]
    fn the_place_in_the_stream_only_moves_on(
        start in any::<u32>(),
        numbers in 1u64 << 16..1 << 17,
        arrivals in prop::collection::vec((prop::option::weighted(0.9, 0u64..120), prop::bool::weighted(0.1)), 50..150),
    ) {
        let mut packets: Vec<(u64, u64)> = Vec::new();
        for (n, (late, doubled)) in (0..).zip(&arrivals) {
            packets.extend(late.map(|late| (n * 20 + late, n)));
            packets.extend(late.filter(|_| *doubled).map(|late| (n * 20 + late + 7, n)));
        }
        packets.sort_unstable();
        let mut buffer = JitterBuffer::new(8000);
        let mut decoder = Decoder::new(Codec::Pcma).unwrap();
        let mut arriving = packets.into_iter().peekable();
        let mut place = None;
        for tick in 0..arrivals.len() as u64 + 10 {
            let now = tick * 20;
            while let Some((at, n)) = arriving.next_if(|(at, _)| *at <= now) {
                let timestamp = start.wrapping_add(n as u32 * 160);
                let arrival =
                    Arrival { generation: 0, number: numbers + n, timestamp, kind: Kind::Audio, payload: &[0; 160] };
                buffer.put(&arrival, at * MILLISECOND);
            }
            buffer.tick(&mut decoder, now * MILLISECOND);
            let next = buffer.next;
            prop_assert!(place.is_none() || next >= place, "{place:?} -> {next:?}");
            place = next;
            prop_assert!(buffer.delay_ms() <= MOST_DELAY_MS as u32);
        }
    }
}
