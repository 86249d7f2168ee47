use super::*;
use proptest::prelude::*;

pub const PROFILES: [SrtpProfile; 4] = [
    SrtpProfile::AesCm128HmacSha1_80,
    SrtpProfile::AesCm128HmacSha1_32,
    SrtpProfile::AeadAes128Gcm,
    SrtpProfile::AeadAes256Gcm,
];

/// The master keys of RFC 3711 B.3 and of the reference implementation's validation.
pub fn key_and_salt(profile: SrtpProfile) -> (Vec<u8>, Vec<u8>) {
    let salt = hex("a0a1a2a3a4a5a6a7a8a9aaab");
    match profile {
        SrtpProfile::AesCm128HmacSha1_80 | SrtpProfile::AesCm128HmacSha1_32 => {
            (hex("e1f97a0d3e018be0d64fa32c06de4139"), hex("0ec675ad498afeebb6960b3aabe6"))
        }
        SrtpProfile::AeadAes128Gcm => ((0..16).collect(), salt),
        SrtpProfile::AeadAes256Gcm => ((0..32).collect(), salt),
    }
}

pub fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn pair(profile: SrtpProfile) -> (Outbound, Inbound) {
    let (key, salt) = key_and_salt(profile);
    (Outbound::new(profile, &key, &salt).unwrap(), Inbound::new(profile, &key, &salt).unwrap())
}

pub fn packet(sequence: u16, payload: &[u8]) -> Vec<u8> {
    let mut header = [0; rtp::HEADER_BYTES];
    let fields = rtp::Outgoing { marker: false, payload_type: 0, sequence, timestamp: 160, ssrc: 0xcafe_babe };
    fields.write(&mut header);
    [&header[..], payload].concat()
}

fn protect(outbound: &mut Outbound, packet: &[u8]) -> Vec<u8> {
    let mut buffer = [packet, &[0; crate::srtp::MAX_OVERHEAD]].concat();
    let length = outbound.protect_rtp(&mut buffer, packet.len()).unwrap();
    buffer.truncate(length);
    buffer
}

const RTP_PLAIN: &str = "800f1234 decafbad cafebabe abababababababababababababababab";
const RTCP_PLAIN: &str = "81c8000b cafebabe abababababababababababababababab";

/// Known answers of the reference implementation's validation, RTP and RTCP.
fn protected(profile: SrtpProfile) -> (Vec<u8>, Vec<u8>) {
    let counter_mode_rtcp = hex("81c8000b cafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798");
    match profile {
        SrtpProfile::AesCm128HmacSha1_80 => {
            (hex("800f1234 decafbad cafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb"), counter_mode_rtcp)
        }
        // The tag of SRTCP keeps its 80 bits (RFC 4568 6.2.2).
        SrtpProfile::AesCm128HmacSha1_32 => {
            (hex("800f1234 decafbad cafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc"), counter_mode_rtcp)
        }
        SrtpProfile::AeadAes128Gcm => (
            hex("800f1234 decafbad cafebabe c5002ede04cfdd2eb91159e0880aa06e d2976826f796b201df3131a127e8a392"),
            hex("81c8000b cafebabe c98b8b5df0392a55852b6c21ac8e7025 c52c6fbea2b3b446ea31123ba88ce61e 80000001"),
        ),
        // By RFC 6188 (keys) and RFC 7714 (packets) instead, see `cipher_tests.rs`.
        SrtpProfile::AeadAes256Gcm => unreachable!(),
    }
}

#[test]
fn known_rtp_packets_are_protected_and_opened() {
    for profile in &PROFILES[..3] {
        let profile = *profile;
        let (mut outbound, mut inbound) = pair(profile);
        let (mut cipher, _) = protected(profile);
        assert_eq!(protect(&mut outbound, &hex(RTP_PLAIN)), cipher, "{profile:?}");
        let length = inbound.unprotect_rtp(&mut cipher).unwrap();
        assert_eq!(cipher[..length], hex(RTP_PLAIN)[..]);
    }
}

#[test]
fn known_rtcp_packets_are_protected_and_opened() {
    for profile in &PROFILES[..3] {
        let profile = *profile;
        let (mut outbound, mut inbound) = pair(profile);
        let (_, mut cipher) = protected(profile);
        let plain = hex(RTCP_PLAIN);
        let mut buffer = [&plain[..], &[0; 20]].concat();
        outbound.protect_rtcp(&mut buffer.clone(), plain.len()).unwrap(); // the vectors are of index 1
        let length = outbound.protect_rtcp(&mut buffer, plain.len()).unwrap();
        assert_eq!(buffer[..length], cipher[..], "{profile:?}");
        let length = inbound.unprotect_rtcp(&mut cipher).unwrap();
        assert_eq!(cipher[..length], plain[..]);
    }
}

#[test]
fn a_replayed_packet_is_refused() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        let cipher = protect(&mut outbound, &packet(7, b"hello"));
        inbound.unprotect_rtp(&mut cipher.clone()).unwrap();
        assert_eq!(inbound.unprotect_rtp(&mut cipher.clone()), Err(SrtpError::Replayed));
    }
}

#[test]
fn any_flipped_bit_is_noticed_and_leaves_no_trace() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        let cipher = protect(&mut outbound, &packet(7, b"hello"));
        for bit in 0..cipher.len() * 8 {
            let mut forged = cipher.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(inbound.unprotect_rtp(&mut forged).is_err(), "{profile:?} bit {bit}");
        }
        assert!(inbound.unprotect_rtp(&mut cipher.clone()).is_ok());
    }
}

#[test]
fn only_so_many_sources_are_remembered() {
    let (key, salt) = key_and_salt(PROFILES[0]);
    let mut inbound = Inbound::new(PROFILES[0], &key, &salt).unwrap();
    let mut accepted = 0;
    for ssrc in 0..MAX_SOURCES as u32 + 1 {
        let mut outbound = Outbound::new(PROFILES[0], &key, &salt).unwrap();
        let mut plain = packet(1, b"x");
        plain[8..12].copy_from_slice(&ssrc.to_be_bytes());
        accepted += usize::from(inbound.unprotect_rtp(&mut protect(&mut outbound, &plain)).is_ok());
    }
    assert_eq!(accepted, MAX_SOURCES);
}

#[test]
fn rtcp_examples_of_rfc_7714_section_17() {
    let plain =
        hex("81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef");
    let cases = [
        (
            16,
            "63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b c84aa45896cf4d2fc5abf87245d9eade",
        ),
        (
            32,
            "d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad 1d1eb30c4446839f57ff6f6cb26ac3be",
        ),
    ];
    for (key_bytes, sealed) in cases {
        let cipher = || crate::srtp::cipher::tests::gcm_with_session_key(key_bytes);
        let mut outbound = Outbound { rtp: cipher(), rtcp: cipher(), highest: None, rtcp_index: 0x5d4 };
        let mut buffer = [&plain[..], &[0; 20]].concat();
        let length = outbound.protect_rtcp(&mut buffer, plain.len()).unwrap();
        assert_eq!(buffer[..length], [hex("81c8000d4d617273"), hex(sealed), hex("800005d4")].concat());
        let mut inbound = Inbound { rtp: cipher(), rtcp: cipher(), sources: Vec::new() };
        let length = inbound.unprotect_rtcp(&mut buffer[..length]).unwrap();
        assert_eq!(buffer[..length], plain[..]);
    }
}

/// RFC 7714 17.3: authenticated but not encrypted is valid there, and nothing that we ever negotiate.
#[test]
fn rtcp_that_is_only_authenticated_is_refused() {
    let cipher = || crate::srtp::cipher::tests::gcm_with_session_key(16);
    let mut inbound = Inbound { rtp: cipher(), rtcp: cipher(), sources: Vec::new() };
    let mut tagged = hex(
        "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef841dd9683dd78ec92ae58790125f62b3000005d4",
    );
    assert_eq!(inbound.unprotect_rtcp(&mut tagged), Err(SrtpError::Forged));
}

proptest! {
    #[test]
    fn any_packet_comes_back_through_two_wraps_of_the_sequence_number(
        payload in proptest::collection::vec(any::<u8>(), 0..300), steps in proptest::collection::vec(1u16..2000, 1..150)
    ) {
        for profile in PROFILES {
            let (mut outbound, mut inbound) = pair(profile);
            let mut sequence = 30_000u16;
            for step in &steps {
                sequence = sequence.wrapping_add(*step);
                let plain = packet(sequence, &payload);
                let mut cipher = protect(&mut outbound, &plain);
                let length = inbound.unprotect_rtp(&mut cipher).unwrap();
                prop_assert_eq!(&cipher[..length], &plain[..]);
            }
        }
    }

    #[test]
    fn no_bytes_from_the_network_panic(mut data in proptest::collection::vec(any::<u8>(), 0..120)) {
        for profile in PROFILES {
            let (_, mut inbound) = pair(profile);
            prop_assert!(inbound.unprotect_rtp(&mut data).is_err());
            prop_assert!(inbound.unprotect_rtcp(&mut data).is_err());
        }
    }

    /// Whatever the order, each packet is taken exactly once, as long as it is not older than the window.
    #[test]
    fn reordered_and_repeated_packets_are_taken_once(order in proptest::collection::vec(0usize..100, 1..400), start: u16) {
        for profile in PROFILES {
            let (mut outbound, mut inbound) = pair(profile);
            let sealed: Vec<_> = (0..100u16).map(|n| protect(&mut outbound, &packet(start.wrapping_add(n), &[n as u8]))).collect();
            // The first packet tells where the series begins: before it, a wrap cannot be known.
            inbound.unprotect_rtp(&mut sealed[0].clone()).unwrap();
            let mut taken = [false; 100];
            taken[0] = true;
            for at in &order {
                let result = inbound.unprotect_rtp(&mut sealed[*at].clone());
                prop_assert_eq!(result.is_ok(), !taken[*at], "{:?} {}", profile, at);
                taken[*at] = true;
            }
        }
    }

    #[test]
    fn truncated_packets_are_refused(payload in proptest::collection::vec(any::<u8>(), 0..60), cut in 1usize..70) {
        for profile in PROFILES {
            let (mut outbound, mut inbound) = pair(profile);
            let mut cipher = protect(&mut outbound, &packet(1, &payload));
            cipher.truncate(cipher.len().saturating_sub(cut));
            prop_assert!(inbound.unprotect_rtp(&mut cipher).is_err());
        }
    }
}
