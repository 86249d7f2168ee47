use super::*;
use proptest::prelude::*;

const PROFILES: [SrtpProfile; 2] = [SrtpProfile::AesCm128HmacSha1_80, SrtpProfile::AeadAes128Gcm];

fn key_and_salt(profile: SrtpProfile) -> (Vec<u8>, Vec<u8>) {
    match profile {
        SrtpProfile::AesCm128HmacSha1_80 => {
            (hex("e1f97a0d3e018be0d64fa32c06de4139"), hex("0ec675ad498afeebb6960b3aabe6"))
        }
        SrtpProfile::AeadAes128Gcm => (hex("000102030405060708090a0b0c0d0e0f"), hex("a0a1a2a3a4a5a6a7a8a9aaab")),
        _ => unreachable!(),
    }
}

fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn pair(profile: SrtpProfile) -> (Outbound, Inbound) {
    let (key, salt) = key_and_salt(profile);
    (Outbound::new(profile, &key, &salt).unwrap(), Inbound::new(profile, &key, &salt).unwrap())
}

fn packet(sequence: u16, payload: &[u8]) -> Vec<u8> {
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

/// Known answers of the reference implementation's validation for the master keys of RFC 3711 B.3 and RFC 7714.
fn protected(profile: SrtpProfile) -> (Vec<u8>, Vec<u8>) {
    match profile {
        SrtpProfile::AesCm128HmacSha1_80 => (
            hex("800f1234 decafbad cafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb"),
            hex("81c8000b cafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798"),
        ),
        SrtpProfile::AeadAes128Gcm => (
            hex("800f1234 decafbad cafebabe c5002ede04cfdd2eb91159e0880aa06e d2976826f796b201df3131a127e8a392"),
            hex("81c8000b cafebabe c98b8b5df0392a55852b6c21ac8e7025 c52c6fbea2b3b446ea31123ba88ce61e 80000001"),
        ),
        _ => unreachable!(),
    }
}

#[test]
fn known_rtp_packets_are_protected_and_opened() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        let (mut cipher, _) = protected(profile);
        assert_eq!(protect(&mut outbound, &hex(RTP_PLAIN)), cipher, "{profile:?}");
        let length = inbound.unprotect_rtp(&mut cipher).unwrap();
        assert_eq!(cipher[..length], hex(RTP_PLAIN)[..]);
    }
}

#[test]
fn known_rtcp_packets_are_protected_and_opened() {
    for profile in PROFILES {
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
fn a_fifth_source_is_refused() {
    let (key, salt) = key_and_salt(PROFILES[0]);
    let mut inbound = Inbound::new(PROFILES[0], &key, &salt).unwrap();
    let mut results = Vec::new();
    for ssrc in 0..5u32 {
        let mut outbound = Outbound::new(PROFILES[0], &key, &salt).unwrap();
        let mut plain = packet(1, b"x");
        plain[8..12].copy_from_slice(&ssrc.to_be_bytes());
        results.push(inbound.unprotect_rtp(&mut protect(&mut outbound, &plain)).is_ok());
    }
    assert_eq!(results, [true, true, true, true, false]);
}

#[test]
fn wrong_key_lengths_are_refused() {
    assert!(Outbound::new(PROFILES[0], &[0; 15], &[0; 14]).is_err());
    assert!(Outbound::new(PROFILES[0], &[0; 16], &[0; 12]).is_err());
    assert!(Inbound::new(PROFILES[1], &[0; 16], &[0; 14]).is_err());
}

/// RFC 7714 16.1.1: the transform itself, with the session key given.
#[test]
fn gcm_example_of_rfc_7714() {
    use ring::aead;
    let key: Vec<u8> = (0..16).collect();
    let cipher = Cipher::Gcm {
        key: Box::new(aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_128_GCM, &key).unwrap())),
        salt: hex("517569642070726f2071756f").try_into().unwrap(),
    };
    let header = hex("8040f17b8041f8d35501a0b2");
    let mut text = *b"Gallia est omnis divisa in partes tres";
    let tag = cipher.seal(Nonce { ssrc: 0x5501_a0b2, index: 0xf17b }, &header, &mut text, &[0; 4]);
    let expected = "f24de3a3fb34de6cacba861c9d7e4bca be633bd50d294e6f42a5f47a51c7d19b 36de3adf8833";
    assert_eq!(text.to_vec(), hex(expected));
    assert_eq!(tag.to_vec(), hex("899d7f27beb16a9152cf765ee4390cce"));
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
}
