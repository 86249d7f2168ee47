//! Keys on `rtp` legs, and what reports say.

use super::*;
use crate::rtcp::{self, Item, Report, ReportBlock};
use crate::srtp::Srtp;

const PHONE: &str = "198.51.100.1:4000";
const OTHER: &str = "198.51.100.2:5000";

fn profile_keys(profile: SrtpProfile) -> SrtpKeys {
    let (key, salt) = crate::srtp::key_and_salt_bytes(profile);
    SrtpKeys {
        profile,
        local_key: vec![1; key],
        local_salt: vec![2; salt],
        remote_key: vec![3; key],
        remote_salt: vec![4; salt],
    }
}

fn far_end(keys: &SrtpKeys) -> Srtp {
    let mirrored = SrtpKeys {
        profile: keys.profile,
        local_key: keys.remote_key.clone(),
        local_salt: keys.remote_salt.clone(),
        remote_key: keys.local_key.clone(),
        remote_salt: keys.local_salt.clone(),
    };
    Srtp::new(&mirrored).expect("keys")
}

fn seal(far: &mut Srtp, packet: &[u8]) -> Vec<u8> {
    let mut buffer = [packet, &[0; 20]].concat();
    let length = far.protect_rtp(&mut buffer, packet.len()).expect("protected");
    buffer.truncate(length);
    buffer
}

/// Two phones that hear each other.
fn call() -> (Bench, usize, usize) {
    let mut bench = Bench::default();
    let phone = bench.phone("phone", Codec::Pcma, PHONE);
    let other = bench.phone("other", Codec::Pcma, OTHER);
    bench.hear(&[("phone", &[leg_source("other")]), ("other", &[leg_source("phone")])]);
    (bench, phone, other)
}

#[test]
fn a_secured_rtp_leg_carries_sound_of_every_profile_and_refuses_plain_packets() {
    for profile in [
        SrtpProfile::AesCm128HmacSha1_80,
        SrtpProfile::AesCm128HmacSha1_32,
        SrtpProfile::AeadAes128Gcm,
        SrtpProfile::AeadAes256Gcm,
    ] {
        let (mut bench, phone, other) = call();
        let keys = profile_keys(profile);
        bench.board.secure_leg("phone", &keys).expect("keys");
        let mut far = far_end(&keys);
        assert!(bench.receive(Port::Rtp(phone), &nth(1), PHONE).is_empty(), "plain");
        assert_eq!(statistics(&bench.board, "phone", bench.now).discarded, 1);
        let sent = bench.receive(Port::Rtp(phone), &seal(&mut far, &nth(1)), PHONE);
        assert_eq!((sent[0].port, sent[0].payload()), (Port::Rtp(other), &[0xd5; 160][..]));
        let mut sent = bench.receive(Port::Rtp(other), &nth(9), OTHER);
        let length = far.unprotect_rtp(&mut sent[0].bytes).expect("ours");
        assert_eq!(sent[0].bytes[12..length], [0xd5; 160]);
    }
}

#[test]
fn only_who_has_the_keys_is_learned_as_the_far_end() {
    let (mut bench, phone, other) = call();
    let keys = profile_keys(SrtpProfile::AesCm128HmacSha1_80);
    bench.board.secure_leg("phone", &keys).expect("keys");
    let mut far = far_end(&keys);
    assert!(bench.receive(Port::Rtp(phone), &nth(1), "192.0.2.66:6").is_empty());
    assert_eq!(bench.receive(Port::Rtp(other), &nth(1), OTHER)[0].to, address(PHONE));
    bench.receive(Port::Rtp(phone), &seal(&mut far, &nth(1)), "192.0.2.9:9");
    assert_eq!(bench.receive(Port::Rtp(other), &nth(2), OTHER)[0].to, address("192.0.2.9:9"));
}

#[test]
fn keys_given_before_what_was_negotiated_hold_after_it_and_after_a_change() {
    let mut bench = Bench::default();
    let phone = bench.leg("phone", LegKind::Rtp);
    let keys = profile_keys(SrtpProfile::AeadAes256Gcm);
    bench.board.secure_leg("phone", &keys).expect("keys");
    let mut far = far_end(&keys);
    for n in [1, 3] {
        bench.configure(phone_configuration("phone", Codec::Pcma, PHONE));
        bench.receive(Port::Rtp(phone), &nth(n), PHONE);
        bench.receive(Port::Rtp(phone), &seal(&mut far, &nth(n + 1)), PHONE);
    }
    let figures = statistics(&bench.board, "phone", bench.now);
    assert_eq!((figures.packets_received, figures.discarded), (2, 2));
}

fn reports_of(sent: Vec<Sent>) -> Vec<Sent> {
    sent.into_iter().filter(|sent| crate::rtp::is_rtcp(&sent.bytes)).collect()
}

fn items(bytes: &[u8]) -> Vec<Item> {
    let mut items = Vec::new();
    assert!(rtcp::read(bytes, |item| items.push(item)));
    items
}

#[test]
fn the_end_of_a_leg_is_told_by_bye_where_it_was_sent_sound() {
    let (mut bench, _, other) = call();
    bench.receive(Port::Rtp(other), &nth(1), OTHER);
    let said = bench.goodbye("phone");
    assert_eq!((said[0].port, said[0].to), (Port::Rtcp(0), address("198.51.100.1:4001")));
    assert!(items(&said[0].bytes).contains(&Item::Goodbye { ssrc: 0xa000_0001 }));
    assert!(bench.goodbye("other").is_empty(), "it was never sent anything");
}

#[test]
fn rtcp_goes_where_it_was_negotiated_and_comes_in_by_both_ports() {
    let (mut bench, phone, other) = call();
    let block = ReportBlock {
        ssrc: 0xa000_0001,
        fraction_lost: 64,
        cumulative_lost: 3,
        highest: 1,
        jitter: 80,
        last_report: 0,
        delay: 0,
    };
    let mut bytes = [0; 120];
    let length = Report { ssrc: 1, sender: None, block: Some(block), cname: b"0123456789abcdef" }.write(&mut bytes);
    bench.receive(Port::Rtcp(phone), &bytes[..length], "198.51.100.1:4001");
    let figures = statistics(&bench.board, "phone", bench.now);
    assert_eq!((figures.remote_lost_fraction, figures.remote_jitter_ms), (Some(0.25), Some(10.0)));
    assert!((1.5..2.5).contains(&figures.remote_mos.expect("known")), "{figures:?}");
    bench.configure(ConfigureLeg { rtcp_mux: true, ..phone_configuration("phone", Codec::Pcma, PHONE) });
    let mut sent = Vec::new();
    for n in 0..500 {
        bench.receive(Port::Rtp(other), &nth(n), OTHER);
        sent.extend(reports_of(bench.run(PACKET)));
    }
    let to_phone: Vec<_> = sent.iter().filter(|sent| sent.port == Port::Rtp(phone)).collect();
    assert!(!to_phone.is_empty() && to_phone.iter().all(|sent| sent.to == address(PHONE)), "one port for both");
    assert!(sent.iter().any(|sent| sent.port == Port::Rtcp(other)), "two ports");
}

#[test]
fn a_source_that_said_bye_is_not_reported_until_it_is_heard_again() {
    let (mut bench, phone, _) = call();
    let mut bye = [0; 120];
    let length = Report { ssrc: 7, sender: None, block: None, cname: b"0123456789abcdef" }.write_goodbye(&mut bye);
    (0..300).for_each(|n| {
        bench.receive(Port::Rtp(phone), &nth(n), PHONE);
        bench.run(PACKET);
    });
    bench.receive(Port::Rtcp(phone), &bye[..length], "198.51.100.1:4001");
    let blocks = |sent: Vec<Sent>| {
        let of_phone = sent.into_iter().filter(|sent| sent.port == Port::Rtcp(phone));
        of_phone.flat_map(|sent| items(&sent.bytes)).filter(|item| matches!(item, Item::Block(_))).count()
    };
    assert_eq!(blocks(bench.run(8 * SECOND)), 0);
    bench.receive(Port::Rtp(phone), &nth(300), PHONE);
    assert_eq!(blocks(bench.run(8 * SECOND)), 1);
}
