use super::*;
use proptest::prelude::*;

const PASSWORD: &str = "ten-characters-and-more";

fn check(username: &str, use_candidate: bool) -> Vec<u8> {
    let mut out = [0; 200];
    let check = Check { username, password: PASSWORD, transaction: *b"transaction!", use_candidate, controlling: true };
    let length = check.write(&mut out);
    out[..length].to_vec()
}

#[test]
fn a_check_is_read_and_its_integrity_holds() {
    let message = check("ours:theirs", true);
    let request = BindingRequest::parse(&message).expect("valid");
    assert_eq!((request.local_ufrag, request.remote_ufrag, request.use_candidate), ("ours", "theirs", true));
    assert!(request.has_integrity(PASSWORD) && !request.has_integrity("another password"));
    assert!(!request.role_conflict);
}

#[test]
fn the_sample_request_of_rfc_5769_is_accepted() {
    let sample = [
        0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87,
        0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73, 0x74, 0x20, 0x63, 0x6c,
        0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff, 0x80, 0x29, 0x00, 0x08, 0x93, 0x2f,
        0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09, 0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76,
        0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14, 0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e,
        0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49, 0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf,
    ];
    let request = BindingRequest::parse(&sample).expect("valid");
    assert_eq!((request.local_ufrag, request.remote_ufrag), ("evtj", "h6vY"));
    assert!(request.has_integrity("VOkJxbRl1RmTxUk/WvJxBt"));
    assert!(request.role_conflict, "the sample's sender is the controlled agent");
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Sections 2.2 and 2.3; the long-term credentials of 2.4 are not ICE's.
#[test]
fn the_sample_responses_of_rfc_5769_are_what_we_write() {
    let v4 = "0101003c 2112a442 b7e7a701bc34d686fa87dfae 8022000b 7465737420766563746f7220
        00200008 0001a147e112a643 00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004 c07d4c96";
    let v6 = "01010048 2112a442 b7e7a701bc34d686fa87dfae 8022000b 7465737420766563746f7220
        00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9 00080014 a382954e4be67bf11784c97c8292c275bfe3ed41 80280004 c8fb0b4c";
    let sources = ["192.0.2.1:32853", "[2001:db8:1234:5678:11:2233:4455:6677]:32853"];
    for (expected, source) in [v4, v6].into_iter().zip(sources) {
        let expected = bytes(expected);
        let transaction: [u8; 12] = expected[8..20].try_into().unwrap();
        let mut out = [0; 120];
        let mut writer = Writer::new(&mut out, BINDING_SUCCESS, &transaction);
        writer.attribute(0x8022, b"test vector"); // SOFTWARE, which we do not send
        writer.out[writer.length - 1] = b' '; // the samples pad with spaces
        writer.xor_mapped_address(source.parse().expect("address"), &transaction);
        let length = writer.finish("VOkJxbRl1RmTxUk/WvJxBt");
        assert_eq!(out[..length], expected[..], "{source}");
    }
}

#[test]
fn the_response_carries_the_mapped_address_integrity_and_fingerprint() {
    for source in ["192.0.2.1:32853", "[2001:db8:1234:5678:11:2233:4455:6677]:32853"] {
        let message = check("a:b", false);
        let request = BindingRequest::parse(&message).expect("valid");
        let mut out = [0; MAX_RESPONSE_BYTES];
        let length = request.respond(source.parse().expect("address"), PASSWORD, &mut out);
        assert!(is_success(&out[..length], b"transaction!"));
        assert_eq!(usize::from(read_u16(&out, 2).expect("length")) + HEADER_BYTES, length);
        let at = length - 8;
        assert_eq!(read_u32(&out, at + 4), Some(crc32fast::hash(&out[..at]) ^ FINGERPRINT_XOR));
        assert_eq!(read_u16(&out, HEADER_BYTES), Some(XOR_MAPPED_ADDRESS));
        assert_eq!(read_u16(&out, HEADER_BYTES + 6), Some(32853 ^ 0x2112));
    }
}

#[test]
fn a_role_conflict_is_answered_with_487() {
    let message = check("a:b", false);
    let mut out = [0; MAX_RESPONSE_BYTES];
    let length = BindingRequest::parse(&message).expect("valid").respond_role_conflict(PASSWORD, &mut out);
    assert_eq!(read_u16(&out, 0), Some(BINDING_ERROR));
    assert_eq!(out[HEADER_BYTES + 6..HEADER_BYTES + 8], [4, 87]);
    assert_eq!(length % 4, 0);
}

proptest! {
    #[test]
    fn one_changed_byte_is_noticed(at in 0usize..80, flip in 1u8..=255) {
        let mut message = check("ours:theirs", true);
        let at = at % message.len();
        message[at] ^= flip;
        let accepted = BindingRequest::parse(&message).is_some_and(|request| request.has_integrity(PASSWORD));
        prop_assert!(!accepted);
    }

    #[test]
    fn no_bytes_panic(mut data in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = BindingRequest::parse(&data);
        if data.len() >= 8 {
            data[..2].copy_from_slice(&[0, 1]);
            data[4..8].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
            let _ = BindingRequest::parse(&data);
        }
    }
}
