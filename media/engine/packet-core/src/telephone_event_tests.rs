use super::*;

fn received(packets: impl IntoIterator<Item = (u32, Event)>) -> Vec<Digit> {
    let mut receiver = DigitReceiver::default();
    packets.into_iter().flat_map(|(at, event)| receiver.receive(at, event, 8000, 0)).flatten().collect()
}

fn event(code: u8, end: bool, duration: u16) -> Event {
    Event { code, end, duration }
}

#[test]
fn what_is_sent_is_received_once_each() {
    let mut sender = DigitSender::default();
    sender.push(&DigitSender::codes("12#d").expect("digits"), 100, 60);
    let mut packets = Vec::new();
    loop {
        match sender.tick(8000) {
            Tick::Packet { event, frame, .. } => packets.push((frame * 160, event)),
            Tick::Pause => {}
            Tick::Finished => break,
        }
    }
    assert_eq!(packets.len(), 4 * 7, "five packets of 20 ms and two repeated ends");
    let digits: String = received(packets.iter().copied()).iter().map(|digit| digit.digit).collect();
    assert_eq!(digits, "12#D");
    assert_eq!(received(packets)[0].milliseconds, 100);
}

#[test]
fn an_event_without_end_is_reported_by_its_successor_or_by_silence() {
    let digits = received([(0, event(1, false, 160)), (0, event(1, false, 320)), (9000, event(2, true, 800))]);
    assert_eq!(digits, [Digit { digit: '1', milliseconds: 40 }, Digit { digit: '2', milliseconds: 100 }]);
    let mut receiver = DigitReceiver::default();
    receiver.receive(0, event(5, false, 160), 8000, 0);
    assert_eq!(receiver.expire(MILLISECOND), None);
    assert_eq!(receiver.expire(MILLISECOND * 300).map(|digit| digit.digit), Some('5'));
    assert_eq!(receiver.expire(MILLISECOND * 900), None);
}

#[test]
fn late_copies_of_an_older_event_are_not_a_new_digit() {
    let digits = received([(1000, event(1, true, 800)), (5000, event(2, false, 160)), (1000, event(1, true, 800))]);
    assert_eq!(digits.len(), 1);
}

#[test]
fn flash_and_other_codes_are_no_digits() {
    assert_eq!(received([(0, event(16, true, 800))]), []);
    assert_eq!(DigitSender::codes("12x"), None);
}

#[test]
fn a_long_digit_at_48_khz_is_sent_in_segments_and_received_as_one() {
    let mut sender = DigitSender::default();
    sender.push(&DigitSender::codes("5").expect("a digit"), 4000, 60);
    let mut receiver = DigitReceiver::default();
    let (mut digits, mut starts) = (Vec::new(), std::collections::BTreeSet::new());
    while let packet @ (Tick::Packet { .. } | Tick::Pause) = sender.tick(48_000) {
        if let Tick::Packet { event, frame, .. } = packet {
            starts.insert(frame);
            digits.extend(receiver.receive(frame * 960, event, 48_000, 0).into_iter().flatten());
        }
    }
    assert_eq!(starts.len(), 3, "65,535 units are 1.36 s");
    assert_eq!(digits, [Digit { digit: '5', milliseconds: 4000 }]);
}

#[test]
fn durations_are_told_in_units_of_the_hearers_clock() {
    let payload = event(7, true, 800).bytes();
    let fast = Event::rescaled(payload, 8_000, 48_000);
    assert_eq!(Event::parse(&fast), Some(event(7, true, 4800)));
    assert_eq!(Event::rescaled(fast, 48_000, 8_000), payload);
    let long = Event::rescaled(event(7, false, 20_000).bytes(), 8_000, 48_000);
    assert_eq!(Event::parse(&long), Some(event(7, false, u16::MAX)), "no more than 16 bits hold");
}

#[test]
fn a_relay_takes_one_source_at_a_time_and_nothing_twice() {
    let mut relay = EventRelay::default();
    let ms = |n: u64| n * MILLISECOND;
    assert!(relay.takes(1, 900, event(5, false, 160), ms(0)) && relay.is_sounding(ms(20)));
    assert!(!relay.takes(2, 44, event(6, false, 160), ms(20)), "another source's meanwhile");
    for n in 2..5 {
        assert!(relay.takes(1, 900, event(5, true, 480), ms(20 * n)));
    }
    assert!(!relay.is_sounding(ms(81)), "three ends are all there are");
    assert!(!relay.takes(1, 900, event(5, true, 480), ms(100)), "a late copy");
    assert!(relay.takes(2, 44, event(6, false, 160), ms(100)));
    assert!(!relay.is_sounding(ms(201)), "its end was lost");
}
