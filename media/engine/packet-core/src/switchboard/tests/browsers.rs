use super::*;
use crate::srtp::{Inbound, Outbound};
use crate::stun::is_success;

const SHARED: Port = Port::Shared(0);
const BROWSER: &str = "203.0.113.50:50000";

fn configured(bench: &mut Bench, name: &str) -> usize {
    let key = bench.leg(name, LegKind::Webrtc);
    bench.configure(ConfigureLeg {
        payloads: vec![payload(8, Codec::Pcma), payload(126, Codec::TelephoneEvent)],
        remote: None,
        remote_ufrag: "far".into(),
        ..phone_configuration(name, Codec::Pcma, "203.0.113.50:50000")
    });
    key
}

#[test]
fn a_right_check_is_answered_and_connects() {
    let mut bench = Bench::default();
    configured(&mut bench, "agent");
    let sent = bench.receive(SHARED, &check("agent", false), BROWSER);
    assert_eq!((sent.len(), sent[0].to), (1, address(BROWSER)));
    assert!(is_success(&sent[0].bytes, b"transaction!"));
    bench.receive(SHARED, &check("agent", true), BROWSER);
    let connected = Event::IceConnected { leg: "agent".into(), remote: address(BROWSER).into() };
    assert_eq!(bench.events(), [connected], "told once");
}

#[test]
fn a_wrong_check_gets_no_answer_and_is_counted() {
    let mut bench = Bench::default();
    configured(&mut bench, "agent");
    let mut wrong = check("nobody", true);
    assert!(bench.receive(SHARED, &wrong, BROWSER).is_empty());
    wrong = check("agent", true);
    wrong[30] ^= 1;
    assert!(bench.receive(SHARED, &wrong, BROWSER).is_empty());
    assert!(bench.receive(SHARED, &[0x80; 40], BROWSER).is_empty(), "RTP of a stranger");
    assert!(bench.receive(SHARED, &check_as("agent", "far", "a-wrong-password", true), BROWSER).is_empty());
    let of_another = check_as("agent", "other", "password-of-agent-24-chars", true);
    assert!(bench.receive(SHARED, &of_another, BROWSER).is_empty(), "not the user fragment that was negotiated");
    assert!(bench.events().is_empty());
    assert_eq!((bench.board.counters.strangers, bench.board.counters.malformed), (4, 1));
}

#[test]
fn dtls_goes_up_and_down_but_only_with_a_checked_address() {
    let mut bench = Bench::default();
    configured(&mut bench, "agent");
    assert_eq!(bench.send_dtls("agent", b"\x16hello").expect_err("nowhere to").code, RefusalCode::NotNegotiated);
    bench.receive(SHARED, b"\x16client hello", BROWSER);
    bench.receive(SHARED, &check("agent", true), BROWSER);
    bench.events();
    bench.receive(SHARED, b"\x16client hello", BROWSER);
    bench.receive(SHARED, b"\x16client hello", "203.0.113.51:1");
    assert_eq!(bench.events(), [Event::DtlsReceived { leg: "agent".into(), datagram: b"\x16client hello".to_vec() }]);
    let sent = bench.send_dtls("agent", b"\x16server hello").expect("sent");
    assert_eq!((sent[0].port, sent[0].to, &sent[0].bytes[..]), (SHARED, address(BROWSER), &b"\x16server hello"[..]));
}

#[test]
fn a_flood_of_dtls_does_not_reach_the_controller() {
    let mut bench = Bench::default();
    configured(&mut bench, "agent");
    bench.receive(SHARED, &check("agent", true), BROWSER);
    bench.events();
    (0..1000).for_each(|_| drop(bench.receive(SHARED, b"\x16noise", BROWSER)));
    assert_eq!(bench.events().len(), 100);
}

/// A browser leg with keys beside a phone, hearing each other.
fn secured() -> (Bench, usize, Outbound, Inbound) {
    let mut bench = Bench::default();
    configured(&mut bench, "agent");
    let caller = bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    bench.receive(SHARED, &check("agent", true), BROWSER);
    bench.board.secure_leg("agent", &keys()).expect("keys");
    bench.hear(&[("caller", &[leg_source("agent")]), ("agent", &[leg_source("caller")])]);
    let keys = keys();
    let outbound = Outbound::new(keys.profile, &keys.remote_key, &keys.remote_salt).expect("keys");
    let inbound = Inbound::new(keys.profile, &keys.local_key, &keys.local_salt).expect("keys");
    (bench, caller, outbound, inbound)
}

fn protect(outbound: &mut Outbound, packet: &[u8]) -> Vec<u8> {
    let mut buffer = [packet, &[0; 20]].concat();
    let length = outbound.protect_rtp(&mut buffer, packet.len()).expect("protected");
    buffer.truncate(length);
    buffer
}

#[test]
fn sound_is_decrypted_on_the_way_in_and_encrypted_on_the_way_out() {
    let (mut bench, caller, mut outbound, mut inbound) = secured();
    let sent = bench.receive(SHARED, &protect(&mut outbound, &nth(1)), BROWSER);
    assert_eq!((sent[0].port, sent[0].payload()), (Port::Rtp(caller), &[0xd5; 160][..]));
    let mut sent = bench.receive(Port::Rtp(caller), &nth(9), "198.51.100.1:4000");
    assert_eq!((sent[0].port, sent[0].to), (SHARED, address(BROWSER)));
    let length = inbound.unprotect_rtp(&mut sent[0].bytes).expect("ours");
    assert_eq!(sent[0].bytes[12..length], [0xd5; 160]);
}

#[test]
fn plain_forged_and_replayed_packets_are_discarded() {
    let (mut bench, _, mut outbound, _) = secured();
    let packet = protect(&mut outbound, &nth(1));
    let mut forged = packet.clone();
    forged[40] ^= 1;
    assert!(bench.receive(SHARED, &nth(1), BROWSER).is_empty());
    assert!(bench.receive(SHARED, &forged, BROWSER).is_empty());
    assert_eq!(bench.receive(SHARED, &packet, BROWSER).len(), 1);
    assert!(bench.receive(SHARED, &packet, BROWSER).is_empty());
    assert_eq!(statistics(&bench.board, "agent", bench.now).discarded, 3);
    assert_eq!((bench.board.counters.unauthentic, bench.board.counters.replayed), (2, 1));
}

#[test]
fn a_roaming_browser_is_followed_once_it_nominates_the_new_address() {
    let (mut bench, caller, mut outbound, _) = secured();
    let moved = "198.51.100.77:40000";
    bench.receive(SHARED, &check("agent", false), moved);
    assert_eq!(bench.receive(Port::Rtp(caller), &nth(1), "198.51.100.1:4000")[0].to, address(BROWSER));
    bench.receive(SHARED, &check("agent", true), moved);
    assert_eq!(bench.receive(Port::Rtp(caller), &nth(2), "198.51.100.1:4000")[0].to, address(moved));
    assert_eq!(bench.receive(SHARED, &protect(&mut outbound, &nth(1)), moved).len(), 1);
}

#[test]
fn without_checks_for_15_s_consent_is_gone_and_sending_stops() {
    let (mut bench, caller, _, _) = secured();
    bench.events();
    bench.run(17 * SECOND);
    assert!(bench.events().contains(&Event::IceLost { leg: "agent".into() }));
    assert!(bench.receive(Port::Rtp(caller), &nth(1), "198.51.100.1:4000").is_empty());
    bench.receive(SHARED, &check("agent", true), BROWSER);
    assert_eq!(bench.receive(Port::Rtp(caller), &nth(2), "198.51.100.1:4000").len(), 1);
    assert!(bench.events().iter().any(|event| matches!(event, Event::IceConnected { .. })));
}

#[test]
fn an_idle_browser_leg_is_sent_nothing_at_all() {
    let (mut bench, caller, mut outbound, _) = secured();
    bench.receive(SHARED, &protect(&mut outbound, &nth(1)), BROWSER);
    bench.receive(Port::Rtp(caller), &nth(1), "198.51.100.1:4000");
    bench.hear(&[("caller", &[]), ("agent", &[])]);
    bench.run(7 * SECOND);
    bench.receive(SHARED, &check("agent", true), BROWSER);
    let to_browser = |sent: &Sent| sent.to == address(BROWSER);
    assert_eq!(bench.run(12 * SECOND).iter().filter(|sent| to_browser(sent)).count(), 0);
    let stopped = bench.events().iter().any(|event| matches!(event, Event::RtpStopped { leg, .. } if leg == "agent"));
    assert!(!stopped, "its sender is switched off on purpose");
}

#[test]
fn a_reloaded_page_on_the_same_address_is_another_leg() {
    let mut bench = Bench::default();
    configured(&mut bench, "before");
    configured(&mut bench, "after");
    bench.receive(SHARED, &check("before", true), BROWSER);
    bench.receive(SHARED, &check("after", true), BROWSER);
    bench.events();
    bench.receive(SHARED, b"\x16x", BROWSER);
    assert!(matches!(&bench.events()[0], Event::DtlsReceived { leg, .. } if leg == "after"));
    bench.board.delete_leg("before", bench.now);
    bench.events();
    bench.receive(SHARED, b"\x16x", BROWSER);
    assert_eq!(bench.events().len(), 1, "the older leg's end does not take the address along");
}

#[test]
fn reports_to_a_browser_are_encrypted_and_its_own_are_read() {
    let (mut bench, caller, mut outbound, mut inbound) = secured();
    let mut reports = Vec::new();
    for n in 0..500 {
        bench.receive(Port::Rtp(caller), &nth(n), "198.51.100.1:4000");
        if n % 100 == 0 {
            bench.receive(SHARED, &check("agent", true), BROWSER);
        }
        let rtcp = |sent: &Sent| sent.port == SHARED && crate::rtp::is_rtcp(&sent.bytes);
        reports.extend(bench.run(PACKET).into_iter().filter(rtcp));
    }
    assert!(!reports.is_empty());
    let length = inbound.unprotect_rtcp(&mut reports[0].bytes).expect("ours");
    assert!(crate::rtcp::read(&reports[0].bytes[..length], |_| ()));
    let block = crate::rtcp::ReportBlock {
        ssrc: 0xa000_0001,
        fraction_lost: 128,
        cumulative_lost: 3,
        highest: 1,
        jitter: 0,
        last_report: 0,
        delay: 0,
    };
    let mut bytes = [0; 200];
    let length =
        crate::rtcp::Report { ssrc: 1, sender: None, block: Some(block), cname: b"0123456789abcdef" }.write(&mut bytes);
    let length = outbound.protect_rtcp(&mut bytes, length).expect("protected");
    bench.receive(SHARED, &bytes[..length], BROWSER);
    assert_eq!(statistics(&bench.board, "agent", bench.now).remote_lost_fraction, Some(0.5));
}

#[test]
fn a_browser_that_was_idle_is_not_told_to_be_silent_the_moment_it_is_needed() {
    let (mut bench, _, mut outbound, _) = secured();
    bench.receive(SHARED, &protect(&mut outbound, &nth(1)), BROWSER);
    bench.hear(&[("caller", &[])]);
    bench.run(60 * SECOND);
    bench.hear(&[("caller", &[leg_source("agent")])]);
    bench.run(4 * SECOND);
    let stopped = |event: &Event| matches!(event, Event::RtpStopped { leg, .. } if leg == "agent");
    assert!(!bench.events().iter().any(stopped));
    bench.run(3 * SECOND);
    assert!(bench.events().iter().any(stopped), "but it is after five seconds");
}

const RESTARTED: &str = "a-password-after-a-restart";

/// A check with the credentials that a restart gave.
fn restarted_check(far: &str, use_candidate: bool) -> Vec<u8> {
    let mut out = [0; 200];
    let username = format!("restarted:{far}");
    let check = Check {
        username: &username,
        password: RESTARTED,
        transaction: *b"transaction!",
        use_candidate,
        controlling: true,
    };
    let length = check.write(&mut out);
    out[..length].to_vec()
}

fn restart(bench: &mut Bench, ufrag: &str) {
    let answer = bench.board.restart_ice("agent", ufrag.into(), RESTARTED.into()).expect("restarted");
    let expected = Answer::WebrtcLegCreated { leg: "agent".into(), ufrag: ufrag.into(), password: RESTARTED.into() };
    assert_eq!(answer, expected);
}

fn configure_far(bench: &mut Bench, far: &str) {
    bench.configure(ConfigureLeg {
        remote: None,
        remote_ufrag: far.into(),
        ..phone_configuration("agent", Codec::Pcma, BROWSER)
    });
}

#[test]
fn an_ice_restart_moves_the_leg_without_a_lost_packet() {
    let (mut bench, caller, mut outbound, _) = secured();
    let moved = "198.51.100.77:40000";
    let mut n = 0;
    let mut sound = |bench: &mut Bench, from: &str, to: &str| {
        n += 1;
        let sent = bench.receive(Port::Rtp(caller), &nth(n), "198.51.100.1:4000");
        assert_eq!(sent.iter().map(|sent| sent.to).collect::<Vec<_>>(), [address(to)], "packet {n} to the browser");
        assert_eq!(bench.receive(SHARED, &protect(&mut outbound, &nth(n)), from).len(), 1, "packet {n} from it");
    };
    sound(&mut bench, BROWSER, BROWSER);
    restart(&mut bench, "restarted");
    configure_far(&mut bench, "far2");
    sound(&mut bench, BROWSER, BROWSER);
    assert_eq!(bench.receive(SHARED, &check("agent", true), BROWSER).len(), 1, "the old credentials still hold");
    sound(&mut bench, BROWSER, BROWSER);
    assert!(bench.receive(SHARED, &restarted_check("far", true), moved).is_empty(), "the browser's old user fragment");
    assert_eq!(bench.receive(SHARED, &restarted_check("far2", false), moved).len(), 1);
    sound(&mut bench, BROWSER, BROWSER);
    sound(&mut bench, moved, BROWSER);
    assert_eq!(bench.receive(SHARED, &restarted_check("far2", true), moved).len(), 1);
    sound(&mut bench, BROWSER, moved);
    sound(&mut bench, moved, moved);
    assert!(bench.receive(SHARED, &check("agent", true), BROWSER).is_empty(), "the old ones have served");
    assert_eq!(statistics(&bench.board, "agent", bench.now).lost, 0);
}

#[test]
fn a_restart_that_was_never_followed_makes_way_for_the_next() {
    let (mut bench, ..) = secured();
    restart(&mut bench, "unused");
    restart(&mut bench, "restarted");
    assert!(!bench.board.has_ufrag("unused") && bench.board.has_ufrag("restarted"));
    assert_eq!(bench.receive(SHARED, &check("agent", true), BROWSER).len(), 1, "what works goes on");
    assert_eq!(bench.receive(SHARED, &restarted_check("any", true), BROWSER).len(), 1);
    bench.board.delete_leg("agent", bench.now);
    assert!(!bench.board.has_ufrag("restarted") && !bench.board.has_ufrag("ufrag-agent"), "nothing is left behind");
}

#[test]
fn a_restart_wakes_a_leg_whose_consent_was_lost() {
    let (mut bench, caller, ..) = secured();
    bench.run(17 * SECOND);
    bench.events();
    restart(&mut bench, "restarted");
    configure_far(&mut bench, "far2");
    bench.receive(SHARED, &restarted_check("far2", false), "[2001:db8::5]:700");
    assert!(matches!(&bench.events()[..], [Event::IceConnected { .. }]));
    let sent = bench.receive(Port::Rtp(caller), &nth(1), "198.51.100.1:4000");
    assert_eq!(sent[0].to, address("[2001:db8::5]:700"), "the new pair, though not nominated yet");
}

/// Relayed addresses (TURN): several pairs of one host, on whichever local address; the nominated one is used.
#[test]
fn several_relayed_pairs_are_valid_at_once_on_both_families() {
    let (mut bench, caller, mut outbound, _) = secured();
    let pairs = [
        (Port::Shared(0), "203.0.113.9:50001"),
        (Port::Shared(0), "203.0.113.9:50002"),
        (Port::Shared(1), "[2001:db8::9]:3"),
    ];
    for (n, (port, relay)) in (1u16..).zip(pairs) {
        bench.receive(port, &check("agent", false), relay);
        assert_eq!(bench.receive(port, &protect(&mut outbound, &nth(n)), relay).len(), 1, "{relay}");
    }
    for (n, (port, relay)) in (1u16..).zip(pairs) {
        let answer = bench.receive(port, &check("agent", true), relay);
        assert_eq!((answer[0].port, answer[0].to), (port, address(relay)), "answered where it came from");
        let sent = bench.receive(Port::Rtp(caller), &nth(n), "198.51.100.1:4000");
        assert_eq!((sent[0].port, sent[0].to), (port, address(relay)));
    }
}
