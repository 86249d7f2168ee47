use super::*;
use crate::g711::Law;
use crate::rtcp::{Item, read};

/// A caller and an agent on PCMA who hear each other.
fn call() -> (Bench, usize, usize) {
    let mut bench = Bench::default();
    let caller = bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    let agent = bench.phone("agent", Codec::Pcma, "198.51.100.2:4000");
    bench.hear(&[("caller", &[leg_source("agent")]), ("agent", &[leg_source("caller")])]);
    (bench, caller, agent)
}

#[test]
fn a_packet_is_forwarded_as_it_is_under_the_hearers_own_numbers() {
    let (mut bench, caller, agent) = call();
    let sent = bench.receive(Port::Rtp(caller), &rtp(8, 65_535, 9, 7, b"voice"), "198.51.100.1:4000");
    let next = bench.receive(Port::Rtp(caller), &rtp(8, 0, 169, 7, b"voice"), "198.51.100.1:4000");
    assert_eq!((sent.len(), sent[0].port, sent[0].to), (1, Port::Rtp(agent), address("198.51.100.2:4000")));
    let (first, second) = (sent[0].header(), next[0].header());
    assert_eq!((first.sequence, second.sequence), (100, 101));
    assert_eq!((first.timestamp, second.timestamp), (50_000, 50_160));
    assert_eq!((first.ssrc, first.payload_type, first.marker, second.marker), (0xa000_0002, 8, true, false));
    assert_eq!(sent[0].payload(), b"voice");
    assert_eq!(bench.board.counters.forwarded, 2);
}

#[test]
fn the_two_laws_are_translated() {
    let mut bench = Bench::default();
    let caller = bench.phone("caller", Codec::Pcmu, "198.51.100.1:4000");
    bench.phone("agent", Codec::Pcma, "198.51.100.2:4000");
    bench.hear(&[("agent", &[leg_source("caller")])]);
    let sent = bench.receive(Port::Rtp(caller), &rtp(0, 1, 1, 7, &[0xff, 0x20]), "198.51.100.1:4000");
    assert_eq!(sent[0].header().payload_type, 8);
    assert_eq!(sent[0].payload(), [Law::Pcma.encode(0), Law::Pcma.encode(Law::Pcmu.decode(0x20))]);
}

#[test]
fn the_address_is_learned_from_the_first_valid_packet_and_a_third_one_is_refused() {
    let (mut bench, caller, agent) = call();
    assert!(bench.receive(Port::Rtp(caller), b"not RTP at all", "203.0.113.9:1").is_empty());
    assert!(bench.receive(Port::Rtp(caller), &rtp(77, 1, 1, 7, b"x"), "203.0.113.9:1").is_empty(), "unknown type");
    bench.receive(Port::Rtp(caller), &nth(1), "203.0.113.5:6000");
    let back = bench.receive(Port::Rtp(agent), &nth(1), "198.51.100.2:4000");
    assert_eq!(back[0].to, address("203.0.113.5:6000"));
    assert!(bench.receive(Port::Rtp(caller), &nth(2), "198.51.100.1:4000").is_empty());
    assert_eq!(bench.board.counters.strangers, 1);
    assert_eq!(statistics(&bench.board, "caller", bench.now).discarded, 3);
    // The next negotiation lets it move again, but until then the learned address serves.
    bench.configure(phone_configuration("caller", Codec::Pcma, "198.51.100.1:4000"));
    let back = bench.receive(Port::Rtp(agent), &nth(2), "198.51.100.2:4000");
    assert_eq!(back[0].to, address("203.0.113.5:6000"));
    bench.receive(Port::Rtp(caller), &nth(3), "198.51.100.1:4000");
    let back = bench.receive(Port::Rtp(agent), &nth(3), "198.51.100.2:4000");
    assert_eq!(back[0].to, address("198.51.100.1:4000"));
}

#[test]
fn on_hold_nothing_is_sent_and_nothing_is_heard() {
    let (mut bench, caller, agent) = call();
    for (direction, to_caller, from_caller) in [
        (Direction::SendRecv, 1, 1),
        (Direction::RecvOnly, 0, 1),
        (Direction::SendOnly, 1, 0),
        (Direction::Inactive, 0, 0),
        (Direction::SendRecv, 1, 1),
    ] {
        bench.configure(ConfigureLeg { direction, ..phone_configuration("caller", Codec::Pcma, "198.51.100.1:4000") });
        bench.now += PACKET;
        let n = (bench.now / PACKET) as u16;
        assert_eq!(bench.receive(Port::Rtp(agent), &nth(n), "198.51.100.2:4000").len(), to_caller, "{direction:?}");
        assert_eq!(bench.receive(Port::Rtp(caller), &nth(n), "198.51.100.1:4000").len(), from_caller, "{direction:?}");
    }
}

#[test]
fn a_leg_that_hears_nothing_is_sent_nothing() {
    let (mut bench, _, agent) = call();
    bench.hear(&[("caller", &[])]);
    assert!(bench.receive(Port::Rtp(agent), &nth(1), "198.51.100.2:4000").is_empty());
    assert!(bench.run_rtp(5 * SECOND).is_empty());
}

#[test]
fn a_source_that_was_not_heard_for_a_while_comes_back_without_a_gap() {
    let (mut bench, _, agent) = call();
    let before = bench.receive(Port::Rtp(agent), &nth(1), "198.51.100.2:4000");
    bench.hear(&[("caller", &[])]);
    for n in 2..50 {
        bench.now += PACKET;
        bench.receive(Port::Rtp(agent), &nth(n), "198.51.100.2:4000");
    }
    bench.hear(&[("caller", &[leg_source("agent")])]);
    bench.now += PACKET;
    let after = bench.receive(Port::Rtp(agent), &nth(50), "198.51.100.2:4000");
    let (before, after) = (before[0].header(), after[0].header());
    assert_eq!((after.sequence, after.marker), (before.sequence + 1, true));
    assert_eq!(after.timestamp - before.timestamp, 49 * 160);
}

#[test]
fn digits_go_on_with_the_hearers_payload_type_and_are_reported_once() {
    let (mut bench, caller, _) = call();
    let other = ConfigureLeg {
        payloads: vec![payload(8, Codec::Pcma), payload(96, Codec::TelephoneEvent)],
        ..phone_configuration("agent", Codec::Pcma, "198.51.100.2:4000")
    };
    bench.configure(other);
    bench.receive(Port::Rtp(caller), &nth(1), "198.51.100.1:4000");
    bench.events();
    let mut sent = Vec::new();
    for (n, event) in
        [[5, 10, 0, 160], [5, 10, 1, 64], [5, 138, 1, 224], [5, 138, 1, 224], [5, 138, 1, 224]].iter().enumerate()
    {
        sent.extend(bench.receive(Port::Rtp(caller), &rtp(101, 2 + n as u16, 320, 7, event), "198.51.100.1:4000"));
    }
    assert_eq!(sent.len(), 5);
    assert!(sent.iter().all(|packet| packet.header().payload_type == 96 && packet.payload().len() == 4));
    let digit = Event::DigitReceived {
        leg: "caller".into(),
        digit: "5".into(),
        milliseconds: 60,
        inband: false,
        confidence: 1.0,
    };
    assert_eq!(bench.events(), [digit]);
}

#[test]
fn digits_that_the_hearer_did_not_negotiate_leave_no_gap_in_its_numbers() {
    let (mut bench, caller, _) = call();
    bench.configure(ConfigureLeg {
        payloads: vec![payload(8, Codec::Pcma)],
        ..phone_configuration("agent", Codec::Pcma, "198.51.100.2:4000")
    });
    let mut numbers = Vec::new();
    for n in 1..=6 {
        bench.now += PACKET;
        let packet = if n == 3 || n == 4 { rtp(101, n, 480, 7, &[1, 10, 0, 160]) } else { nth(n) };
        numbers.extend(
            bench.receive(Port::Rtp(caller), &packet, "198.51.100.1:4000").iter().map(|sent| sent.header().sequence),
        );
    }
    assert_eq!(numbers, [100, 101, 102, 103]);
}

#[test]
fn we_send_digits_in_place_of_sound() {
    let (mut bench, caller, agent) = call();
    bench.receive(Port::Rtp(agent), &nth(1), "198.51.100.2:4000");
    bench.board.send_digits("caller", "7", (100, 60), bench.now).expect("sent");
    let mut during = Vec::new();
    for n in 2..12 {
        during.extend(bench.run_rtp(PACKET));
        during.extend(bench.receive(Port::Rtp(agent), &nth(n), "198.51.100.2:4000"));
    }
    let digits: Vec<_> = during.iter().filter(|sent| sent.header().payload_type == 101).collect();
    assert_eq!(digits.len(), 7);
    assert!(digits.iter().all(|sent| sent.header().timestamp == digits[0].header().timestamp));
    let numbers: Vec<u16> = during.iter().map(|sent| sent.header().sequence).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
    assert_eq!(during.last().map(|sent| sent.header().payload_type), Some(8), "sound goes on afterwards");
    assert!(bench.board.legs.contains(caller));
    let refused = bench.board.send_digits("caller", "7x", (100, 60), bench.now).expect_err("no digit");
    assert_eq!(refused.code, RefusalCode::Malformed);
}

#[test]
fn a_key_that_signalling_tells_goes_to_who_hears_the_leg_and_is_not_told_back() {
    let (mut bench, caller, agent) = call();
    bench.receive(Port::Rtp(caller), &nth(1), "198.51.100.1:4000");
    bench.receive(Port::Rtp(agent), &nth(1), "198.51.100.2:4000");
    bench.events();
    bench.board.press_digits("caller", "7", (100, 60), bench.now).expect("pressed");
    let mut sent = Vec::new();
    for _ in 2..12 {
        sent.extend(bench.run_rtp(PACKET));
    }
    let digits: Vec<_> = sent.iter().filter(|sent| sent.header().payload_type == 101).collect();
    assert_eq!(digits.len(), 7, "once, to the one who hears it");
    assert!(!bench.events().iter().any(|event| matches!(event, Event::DigitReceived { .. })));
    let refused = bench.board.press_digits("caller", "7x", (100, 60), bench.now).expect_err("no digit");
    assert_eq!(refused.code, RefusalCode::Malformed);
}

#[test]
fn a_key_that_signalling_tells_goes_to_nobody_whom_the_leg_does_not_speak_to() {
    let (mut bench, caller, _) = call();
    bench.configure(ConfigureLeg {
        payloads: vec![payload(8, Codec::Pcma)],
        ..phone_configuration("agent", Codec::Pcma, "198.51.100.2:4000")
    });
    bench.board.press_digits("caller", "7", (100, 60), bench.now).expect("pressed, and nobody takes it");
    let sent = (0..10).flat_map(|_| bench.run_rtp(PACKET)).count();
    assert_eq!(sent, 0, "the agent negotiated no events");
    assert!(bench.board.legs.contains(caller));
}

#[test]
fn a_stopped_stream_is_told_and_its_return_too() {
    let (mut bench, caller, _) = call();
    bench.receive(Port::Rtp(caller), &nth(1), "198.51.100.1:4000");
    bench.run(8 * SECOND);
    bench.receive(Port::Rtp(caller), &nth(400), "198.51.100.1:4000");
    let events = bench.events();
    let started = Event::RtpStarted { leg: "caller".into(), remote: address("198.51.100.1:4000").into() };
    let told: Vec<&Event> = events.iter().filter(|event| !matches!(event, Event::LegStatistics { .. })).collect();
    assert_eq!((told[0], told[2], told.len()), (&started, &started, 3));
    assert!(matches!(told[1], Event::RtpStopped { seconds, .. } if (5.0..7.0).contains(seconds)));
}

#[test]
fn reports_go_to_the_odd_port_and_round_trip_and_loss_are_read() {
    let (mut bench, caller, agent) = call();
    let mut reports = Vec::new();
    for n in 0..500 {
        bench.receive(Port::Rtp(agent), &nth(n), "198.51.100.2:4000");
        reports.extend(bench.run(PACKET).into_iter().filter(|sent| sent.port == Port::Rtcp(caller)));
    }
    assert!((1..=5).contains(&reports.len()), "{} in 10 s", reports.len());
    assert_eq!(reports[0].to, address("198.51.100.1:4001"));
    let mut sender_report = None;
    assert!(read(&reports[0].bytes, |item| if let Item::SenderReport { ntp, .. } = item {
        sender_report = Some(ntp);
    }));
    let block = crate::rtcp::ReportBlock {
        ssrc: 0xa000_0001,
        fraction_lost: 64,
        cumulative_lost: 3,
        highest: 1,
        jitter: 0,
        last_report: crate::rtcp::ntp_middle(sender_report.expect("a sender report")),
        delay: 0,
    };
    bench.now = reports[0].at + 80 * MILLISECOND;
    let report = crate::rtcp::Report { ssrc: 1, sender: None, block: Some(block), cname: b"0123456789abcdef" };
    let mut bytes = [0; 200];
    let length = report.write(&mut bytes);
    bench.receive(Port::Rtcp(caller), &bytes[..length], "198.51.100.1:4001");
    let figures = statistics(&bench.board, "caller", bench.now);
    assert!((figures.round_trip_ms.expect("known") - 80.0).abs() < 1.0);
    assert_eq!(figures.remote_lost_fraction, Some(0.25));
    bench.receive(Port::Rtcp(caller), &bytes[..length], "203.0.113.9:1");
    assert_eq!(bench.board.counters.strangers, 1);
}

#[test]
fn statistics_come_every_five_seconds_of_traffic_and_at_the_end() {
    let (mut bench, caller, _) = call();
    for n in (0..600).filter(|n| n % 10 != 3) {
        bench.receive(Port::Rtp(caller), &nth(n), "198.51.100.1:4000");
        bench.run(if n % 10 == 2 { 2 * PACKET } else { PACKET });
    }
    bench.run(20 * SECOND);
    bench.board.delete_leg("caller", bench.now);
    let events = bench.events();
    let told: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::LegStatistics { leg, statistics } if leg == "caller" => Some(statistics),
            _ => None,
        })
        .collect();
    assert!((2..=3).contains(&told.len()), "{}", told.len());
    let Some(Event::LegEnded { statistics, .. }) = events.last() else { panic!("{:?}", events.last()) };
    assert_eq!((statistics.packets_received, statistics.lost), (540, 60));
    assert!((2.0..3.6).contains(&statistics.mos.expect("a score")), "{:?}", statistics.mos);
    assert_eq!(statistics.first_received_at, Some(1_790_000_001.0));
}

#[test]
fn deleting_a_leg_takes_it_out_of_all_hearing_and_unknown_names_change_nothing() {
    let (mut bench, _, agent) = call();
    assert!(
        bench
            .board
            .hear(
                vec![
                    Hearing { leg: "agent".into(), sources: vec![] },
                    Hearing { leg: "nobody".into(), sources: vec![] },
                ],
                bench.now
            )
            .is_err()
    );
    assert_eq!(bench.board.legs[agent].heard, [leg_source("caller")]);
    assert!(bench.board.delete_leg("caller", bench.now).is_some());
    assert!(bench.board.delete_leg("caller", bench.now).is_none());
    assert!(bench.board.legs[agent].hearing.is_empty());
    assert!(bench.receive(Port::Rtp(agent), &nth(1), "198.51.100.2:4000").is_empty());
}

#[test]
fn creating_again_is_the_same_leg_or_a_conflict() {
    let (bench, caller, _) = call();
    assert_eq!(bench.board.existing_leg("caller", "call", LegKind::Rtp), Ok(Some(caller)));
    assert_eq!(bench.board.existing_leg("new", "call", LegKind::Rtp), Ok(None));
    for (name, group, kind, code) in [
        ("caller", "other", LegKind::Rtp, RefusalCode::Conflict),
        ("caller", "call", LegKind::Webrtc, RefusalCode::Conflict),
        ("", "call", LegKind::Rtp, RefusalCode::Malformed),
    ] {
        assert_eq!(bench.board.existing_leg(name, group, kind).map_err(|refusal| refusal.code), Err(code));
    }
}
