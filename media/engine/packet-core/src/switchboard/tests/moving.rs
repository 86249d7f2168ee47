use super::*;
use crate::g711::Law;

/// Two switchboards of one process, at the same time of day.
fn pair() -> (Bench, Bench) {
    let keys = Keys::default();
    let bench = |seed| Bench {
        board: Switchboard::with_keys(seed, 1_790_000_000 * SECOND, keys.clone()),
        now: SECOND,
        out: Outbox::default(),
        legs: 0,
    };
    (bench(1), bench(2))
}

fn move_call(from: &mut Bench, to: &mut Bench) -> Vec<String> {
    let bundle = from.board.take_groups(&["call".to_owned()]);
    let groups = bundle.groups.clone();
    to.now = from.now;
    to.board.adopt(bundle, to.now);
    groups
}

#[test]
fn a_forwarded_stream_goes_on_without_a_seam_wherever_its_call_is() {
    let (mut here, mut there) = pair();
    there.leg("other", LegKind::Rtp);
    let caller = here.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    here.phone("agent", Codec::Pcma, "198.51.100.2:4000");
    here.hear(&[("agent", &[leg_source("caller")]), ("caller", &[leg_source("agent")])]);
    let mut last: Option<Header> = None;
    for n in 0..200 {
        let sent = here.receive(Port::Rtp(caller), &nth(n), "198.51.100.1:4000");
        let header = sent.first().expect("forwarded").header();
        if let Some(last) = last {
            assert_eq!(header.sequence, last.sequence.wrapping_add(1), "packet {n}");
            assert_eq!((header.timestamp, header.ssrc), (last.timestamp.wrapping_add(160), last.ssrc), "packet {n}");
            assert!(!header.marker, "packet {n}: no new talk spurt");
        }
        last = Some(header);
        here.run(PACKET);
        if n % 7 == 3 {
            move_call(&mut here, &mut there);
            std::mem::swap(&mut here, &mut there);
        }
    }
    assert!(here.board.snapshot(here.now) != there.board.snapshot(here.now));
    assert_eq!(statistics(&here.board, "caller", here.now).lost, 0);
}

#[test]
fn players_mixers_and_recorders_keep_their_pace() {
    let (mut here, mut there) = pair();
    let caller = here.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    here.phone("agent", Codec::Pcma, "198.51.100.2:4000");
    here.tones("music", 50, true);
    here.hear(&[("agent", &[leg_source("caller"), player_source("music")])]);
    let plan = RecorderPlan { leg: "agent".into(), path: "/x".into(), format: Default::default(), sealed: false };
    here.board.start_recorder("rec", plan, here.now).expect("started");
    let (mut numbers, mut frames) = (Vec::new(), 0);
    for n in 0..100u16 {
        here.receive(
            Port::Rtp(caller),
            &rtp(8, n, u32::from(n) * 160, 7, &[Law::Pcma.encode(900); 160]),
            "198.51.100.1:4000",
        );
        numbers.extend(here.run_rtp(PACKET).iter().map(|sent| (sent.header().sequence, sent.at)));
        while let Some(block) = here.board.next_block() {
            assert_eq!(block.settled.first, frames, "no frame is missing or told twice");
            frames = block.settled.end;
        }
        if n % 9 == 8 {
            move_call(&mut here, &mut there);
            std::mem::swap(&mut here, &mut there);
        }
    }
    assert!(frames > 8000);
    let gaps: Vec<Nanos> = numbers.windows(2).map(|pair| pair[1].1 - pair[0].1).collect();
    assert!(numbers.windows(2).all(|pair| pair[1].0 == pair[0].0.wrapping_add(1)));
    assert!(gaps.iter().all(|gap| *gap <= 2 * PACKET && *gap > 0), "{gaps:?}");
    assert!(numbers.len() >= 95, "{}", numbers.len());
}

#[test]
fn what_is_bound_by_hearing_moves_together_and_nothing_else() {
    let (mut here, mut there) = pair();
    let mut leg = |name: &str, group: &str| {
        let key = here.leg(name, LegKind::Rtp);
        here.board.legs[key].group = group.into();
    };
    leg("caller", "call");
    leg("agent", "session");
    leg("supervisor", "third");
    leg("alone", "fourth");
    here.hear(&[("caller", &[leg_source("agent")]), ("supervisor", &[leg_source("agent")])]);
    let mut groups = move_call(&mut here, &mut there);
    groups.sort();
    assert_eq!(groups, ["call", "session", "third"]);
    assert_eq!((here.board.counts().0, there.board.counts().0), (1, 3));
    let caller = there.board.key_of_leg("caller").expect("moved");
    assert!(!here.board.has_leg_key(caller) && there.board.has_leg_key(caller));
    there.board.delete_leg("agent", there.now);
    assert_eq!(there.events().len(), 1, "its end is told where it is now");
}

#[test]
fn a_browser_moves_with_its_addresses_and_keys() {
    let (mut here, mut there) = pair();
    here.leg("browser", LegKind::Webrtc);
    here.board.secure_leg("browser", &keys()).expect("secured");
    here.receive(Port::Shared(0), &check("browser", true), "198.51.100.9:5000");
    let from = address("198.51.100.9:5000");
    assert!(here.board.knows_address(0, from));
    let bundle = here.board.take_groups(&["call".to_owned()]);
    assert_eq!(bundle.addresses().count(), 1);
    there.board.adopt(bundle, here.now);
    assert!(!here.board.knows_address(0, from) && there.board.knows_address(0, from));
    assert_eq!(there.board.group_selected_at(0, from), Some("call"));
    assert_eq!(there.receive(Port::Shared(0), &check("browser", false), "198.51.100.9:5000").len(), 1, "answered");
    assert_eq!(here.receive(Port::Shared(0), &check("browser", false), "198.51.100.9:5000").len(), 0, "unknown here");
}
