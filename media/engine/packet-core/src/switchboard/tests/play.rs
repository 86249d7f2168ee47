use super::*;
use crate::g711::Law;

#[test]
fn a_player_is_paced_and_tells_its_end() {
    let mut bench = Bench::default();
    bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    bench.tones("greeting", 50, false);
    bench.run(SECOND);
    bench.hear(&[("caller", &[player_source("greeting")])]);
    let start = bench.now;
    let sent = bench.run_rtp(3 * SECOND);
    assert_eq!(sent.len(), 50);
    for (n, packet) in sent.iter().enumerate() {
        assert_eq!(packet.at, start + n as Nanos * PACKET);
        assert_eq!(packet.header().timestamp, sent[0].header().timestamp + 160 * n as u32);
        assert_eq!(packet.header().marker, n == 0);
        assert!(packet.payload().iter().all(|code| *code == Law::Pcma.encode(8000)));
    }
    assert_eq!(
        bench.events(),
        [Event::PlayerFinished { player: "greeting".into(), seconds: 1.0, digit: String::new() }]
    );
    assert_eq!(bench.board.clock.next_tick(), None, "no clock for nobody");
}

#[test]
fn a_player_stands_still_while_nobody_hears_it_and_several_hear_the_same() {
    let mut bench = Bench::default();
    bench.phone("one", Codec::Pcma, "198.51.100.1:4000");
    bench.phone("two", Codec::Pcmu, "198.51.100.2:4000");
    bench.tones("music", 20, false);
    bench.hear(&[("one", &[player_source("music")])]);
    assert_eq!(bench.run_rtp(9 * PACKET).len(), 10);
    bench.hear(&[("one", &[])]);
    assert!(bench.run_rtp(SECOND).is_empty());
    bench.hear(&[("one", &[player_source("music")]), ("two", &[player_source("music")])]);
    let sent = bench.run_rtp(SECOND);
    assert_eq!(sent.len(), 20, "the ten frames that were left, to two legs");
    let types: Vec<u8> = sent.iter().take(2).map(|packet| packet.header().payload_type).collect();
    assert_eq!(types, [8, 0]);
    assert!(sent[0].payload().iter().all(|code| *code == Law::Pcma.encode(8000)));
    assert!(sent[1].payload().iter().all(|code| *code == Law::Pcmu.encode(8000)));
}

#[test]
fn players_switch_without_a_break_in_numbers_or_time() {
    let mut bench = Bench::default();
    let caller = bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    let agent = bench.phone("agent", Codec::Pcma, "198.51.100.2:4000");
    bench.receive(Port::Rtp(caller), &nth(1), "198.51.100.1:4000");
    bench.tones("greeting", 10, false);
    bench.tones("music", 1000, true);
    bench.hear(&[("caller", &[player_source("greeting")])]);
    let mut sent = bench.run_rtp(10 * PACKET);
    bench.hear(&[("caller", &[player_source("music")])]);
    sent.extend(bench.run_rtp(20 * PACKET));
    bench.hear(&[("caller", &[leg_source("agent")])]);
    for n in 0..10 {
        sent.extend(bench.receive(Port::Rtp(agent), &nth(n), "198.51.100.2:4000"));
        sent.extend(bench.run_rtp(PACKET));
    }
    assert!(sent.len() >= 40);
    for pair in sent.windows(2) {
        let (one, two) = (pair[0].header(), pair[1].header());
        assert_eq!(two.sequence, one.sequence + 1);
        let elapsed = ((pair[1].at - pair[0].at) / 125_000) as i64;
        let stamped = i64::from(two.timestamp.wrapping_sub(one.timestamp));
        assert!((stamped - elapsed).abs() <= 160 && stamped >= 160, "{stamped} after {elapsed}");
    }
    assert_eq!(sent.iter().filter(|packet| packet.header().marker).count(), 3);
}

#[test]
fn several_sources_are_summed_without_the_hearer_itself() {
    let mut bench = Bench::default();
    let legs: Vec<usize> =
        (0..3).map(|n| bench.phone(&format!("leg-{n}"), Codec::Pcma, &format!("198.51.100.{n}:4000"))).collect();
    let others =
        |me: usize| -> Vec<Source> { (0..3).filter(|n| *n != me).map(|n| leg_source(&format!("leg-{n}"))).collect() };
    bench.hear(&[("leg-0", &others(0)), ("leg-1", &others(1)), ("leg-2", &others(2))]);
    let level = |n: usize| [1000i16, 2000, 4000][n];
    let mut sent = Vec::new();
    for n in 0..50u16 {
        for (who, key) in legs.iter().enumerate() {
            let voice = [Law::Pcma.encode(level(who)); 160];
            let packet = rtp(8, n, u32::from(n) * 160, who as u32, &voice);
            assert!(bench.receive(Port::Rtp(*key), &packet, &format!("198.51.100.{who}:4000")).is_empty());
        }
        sent.extend(bench.run_rtp(PACKET));
    }
    for (who, key) in legs.iter().enumerate() {
        let to_me: Vec<_> = sent.iter().filter(|packet| packet.port == Port::Rtp(*key)).collect();
        assert!((49..=51).contains(&to_me.len()));
        let heard = i32::from(Law::Pcma.decode(to_me[30].payload()[80]));
        let expected: i32 = (0..3).filter(|n| *n != who).map(|n| i32::from(level(n))).sum();
        assert!((heard - expected).abs() < expected / 16, "{who} hears {heard} instead of {expected}");
    }
    bench.hear(&[("leg-0", &[]), ("leg-1", &[]), ("leg-2", &[])]);
    bench.run(6 * SECOND);
    assert_eq!(bench.board.clock.next_tick(), None);
}

#[test]
fn a_supervisor_hears_caller_and_agent_while_these_are_forwarded() {
    let mut bench = Bench::default();
    let caller = bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    let agent = bench.phone("agent", Codec::Pcma, "198.51.100.2:4000");
    let supervisor = bench.phone("supervisor", Codec::Pcmu, "198.51.100.3:4000");
    bench.hear(&[
        ("caller", &[leg_source("agent")]),
        ("agent", &[leg_source("caller")]),
        ("supervisor", &[leg_source("caller"), leg_source("agent")]),
    ]);
    let mut to_supervisor = 0;
    for n in 0..25 {
        assert_eq!(bench.receive(Port::Rtp(caller), &nth(n), "198.51.100.1:4000").len(), 1);
        assert_eq!(bench.receive(Port::Rtp(agent), &nth(n), "198.51.100.2:4000").len(), 1);
        to_supervisor += bench.run_rtp(PACKET).iter().filter(|sent| sent.port == Port::Rtp(supervisor)).count();
    }
    assert!((24..=26).contains(&to_supervisor));
}

#[test]
fn too_many_sources_are_refused_by_name() {
    let mut bench = Bench::default();
    let sources: Vec<Source> = (0..40)
        .map(|n| {
            bench.tones(&format!("p{n}"), 1, false);
            player_source(&format!("p{n}"))
        })
        .collect();
    bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    let refused = bench.board.hear(vec![Hearing { leg: "caller".into(), sources }], bench.now).expect_err("too many");
    assert_eq!(refused.code, RefusalCode::LimitReached);
    assert!(refused.message.contains("caller"));
}

#[test]
fn players_of_a_group_go_with_its_last_leg() {
    let mut bench = Bench::default();
    bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    bench.tones("greeting", 10, false);
    bench.hear(&[("caller", &[player_source("greeting")])]);
    bench.board.delete_leg("caller", bench.now);
    assert_eq!(bench.board.counts(), (0, 0, 0));
}

#[test]
fn creating_a_player_again_changes_nothing_and_other_arguments_conflict() {
    let mut bench = Bench::default();
    bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    bench.tones("greeting", 10, false);
    bench.hear(&[("caller", &[player_source("greeting")])]);
    bench.run(SECOND);
    bench.tones("greeting", 10, false);
    assert!(bench.run_rtp(SECOND).is_empty(), "a finished player does not start over");
    let play = Play::Tones { tones: Vec::new(), level_dbm0: -3.0, repeat: false };
    let refused = bench.player("greeting", play, "", Vec::new()).expect_err("other");
    assert_eq!(refused.code, RefusalCode::Conflict);
}

fn files(start_seconds: f64, repeat: bool) -> Play {
    Play::File { paths: vec!["/one.wav".into()], repeat, start_seconds }
}

fn place(bench: &Bench, player: &str) -> (f64, bool) {
    match bench.board.get_player(player) {
        Ok(Answer::PlayerState { seconds, finished, .. }) => (seconds, finished),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stopped_player_goes_on_where_it_was() {
    let mut bench = Bench::default();
    bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    let clip = || vec![Arc::new(Clip::new((0..8000).collect()))];
    bench.player("first", files(0.0, false), "", clip()).expect("a player");
    assert_eq!(place(&bench, "first"), (0.0, false));
    bench.hear(&[("caller", &[player_source("first")])]);
    bench.run(9 * PACKET);
    let (seconds, finished) = place(&bench, "first");
    assert_eq!((seconds, finished), (0.2, false));
    bench.player("second", files(seconds, false), "", clip()).expect("a player");
    bench.hear(&[("caller", &[player_source("second")])]);
    let sent = bench.run_rtp(SECOND);
    assert_eq!(sent.len(), 40);
    assert_eq!(sent[0].payload()[0], Law::Pcma.encode(1600));
    assert_eq!(place(&bench, "second"), (1.0, true));
    let wrong = bench.player("third", files(-1.0, false), "", clip()).expect_err("no time");
    assert_eq!(wrong.code, RefusalCode::Malformed);
    assert_eq!(bench.board.get_player("third").expect_err("unknown").code, RefusalCode::NotFound);
}

#[test]
fn a_digit_of_whoever_hears_it_stops_a_player() {
    let mut bench = Bench::default();
    let one = bench.phone("one", Codec::Pcma, "198.51.100.1:4000");
    let two = bench.phone("two", Codec::Pcma, "198.51.100.2:4000");
    let clip = vec![Arc::new(Clip::new(vec![1000; 80_000]))];
    bench.player("menu", files(0.0, false), "12#", clip).expect("a player");
    bench.hear(&[("one", &[player_source("menu")])]);
    bench.run(24 * PACKET);
    let press = |bench: &mut Bench, leg: usize, code: u8, at: u16| {
        let packet = rtp(101, at, u32::from(at) * 160, 7, &[code, 0x80, 3, 0x20]);
        bench.receive(Port::Rtp(leg), &packet, if leg == one { "198.51.100.1:4000" } else { "198.51.100.2:4000" });
        bench.events().into_iter().filter(|event| matches!(event, Event::PlayerFinished { .. })).collect::<Vec<_>>()
    };
    assert_eq!(press(&mut bench, one, 5, 1), [], "5 stops nothing");
    assert_eq!(press(&mut bench, two, 1, 1), [], "two does not hear it");
    let ended = press(&mut bench, one, 1, 20);
    assert_eq!(ended, [Event::PlayerFinished { player: "menu".into(), seconds: 0.5, digit: "1".into() }]);
    assert!(bench.run_rtp(SECOND).is_empty());
    assert_eq!(press(&mut bench, one, 2, 40), [], "it has ended already");
}

#[test]
fn a_player_whose_files_are_still_read_starts_when_they_are() {
    let mut bench = Bench::default();
    bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    let new = |name: &str| NewPlayer {
        name: name.into(),
        group: "call".into(),
        play: files(0.0, false),
        stop_digits: String::new(),
    };
    for name in ["greeting", "broken"] {
        bench.board.create_player(new(name), Sounds::Loading).expect("a player");
    }
    bench.hear(&[("caller", &[player_source("greeting")])]);
    assert!(bench.run_rtp(SECOND).is_empty());
    let clip = || Ok(vec![Arc::new(Clip::new(vec![1000; 1600]))]);
    bench.board.sounds_loaded("greeting", &files(1.0, false), clip(), bench.now);
    assert!(bench.run_rtp(SECOND).is_empty(), "that was another player of this name");
    bench.board.sounds_loaded("greeting", &files(0.0, false), clip(), bench.now);
    assert_eq!(bench.run_rtp(SECOND).len(), 10);
    bench.board.sounds_loaded("broken", &files(0.0, false), Err("not a WAV file".into()), bench.now);
    let failed = Event::PlayerFailed { player: "broken".into(), reason: "not a WAV file".into() };
    assert!(bench.events().contains(&failed));
    assert!(place(&bench, "broken").1);
    bench.hear(&[("caller", &[player_source("broken")])]);
    assert!(bench.run_rtp(SECOND).is_empty());
}
