//! The transforms and the key derivation by the examples of RFC 3711 appendix B, RFC 6188 section 7 and RFC 7714.

use super::*;

pub fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ascii"), 16).expect("hex"))
        .collect()
}

#[test]
fn key_stream_of_rfc_3711_b_2() {
    let key: [u8; 16] = bytes("2B7E151628AED2A6ABF7158809CF4F3C").try_into().expect("16");
    let iv: [u8; 16] = bytes("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000").try_into().expect("16");
    let mut stream = vec![0; 16 * 0xff02];
    apply_counter_mode(&Aes128::new(&key.into()), iv, &mut stream);
    let first = "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0";
    assert_eq!(stream[..48], bytes(first));
    let last = "EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE 6A2CC3787889374FBEB4C81B17BA6C44";
    assert_eq!(stream[16 * 0xfeff..], bytes(last), "counters FEFF to FF01");
}

#[test]
fn key_derivation_of_rfc_3711_b_3() {
    let master = Master::new(&bytes("E1F97A0D3E018BE0D64FA32C06DE4139")).expect("16");
    let salt = bytes("0EC675AD498AFEEBB6960B3AABE6");
    assert_eq!(master.derive::<16>(&salt, 0).to_vec(), bytes("C61E7A93744F39EE10734AFE3FF7A087"));
    assert_eq!(master.derive::<14>(&salt, 2).to_vec(), bytes("30CBBC08863D8C85D49DB34A9AE1"));
    let auth = "CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE E049646C43D9327AD175578EF7227098 6371C10C9A369AC2F94A8C5FBCDDDC25 6D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2";
    assert_eq!(master.derive::<94>(&salt, 1).to_vec(), bytes(auth));
}

/// The 256-bit pseudo-random function that AEAD_AES_256_GCM derives with.
#[test]
fn key_derivation_of_rfc_6188_7_2() {
    let master = Master::new(&bytes("f0f04914b513f2763a1b1fa130f10e29 98f6f6e43e4309d1e622a0e332b9f1b6")).expect("32");
    let salt = bytes("3b04803de51ee7c96423ab5b78d2");
    let key = bytes("5ba1064e30ec51613cad926c5a28ef73 1ec7fb397f70a960653caf06554cd8c4");
    assert_eq!(master.derive::<32>(&salt, 0).to_vec(), key);
    assert_eq!(master.derive::<14>(&salt, 2).to_vec(), bytes("fa31791685ca444a9e07c6c64e93"));
    let auth = bytes("fd9c32d39ed5fbb5a9dc96b30818454d1313dc05");
    assert_eq!(master.derive::<20>(&salt, 1).to_vec(), auth);
}

/// A cipher whose session key is given, as in the examples of RFC 7714.
pub fn gcm_with_session_key(key_bytes: usize) -> Cipher {
    let key: Vec<u8> = (0..key_bytes as u8).collect();
    let algorithm = if key_bytes == 16 { &aead::AES_128_GCM } else { &aead::AES_256_GCM };
    Cipher::Gcm {
        key: Box::new(aead::LessSafeKey::new(aead::UnboundKey::new(algorithm, &key).expect("a key"))),
        salt: bytes("517569642070726f2071756f").try_into().expect("12"),
    }
}

#[test]
fn rtp_examples_of_rfc_7714_section_16() {
    let cases = [
        (
            16,
            "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833 899d7f27beb16a9152cf765ee4390cce",
        ),
        (
            32,
            "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b 7aa3db36dfffd6b0f9bb7878d7a76c13",
        ),
    ];
    for (key_bytes, sealed) in cases {
        let cipher = gcm_with_session_key(key_bytes);
        let header = bytes("8040f17b8041f8d35501a0b2");
        let nonce = Nonce { ssrc: 0x5501_a0b2, index: 0xf17b };
        let mut text = *b"Gallia est omnis divisa in partes tres";
        let tag = cipher.seal(nonce, &header, &mut text, &[0; 4]);
        assert_eq!([&text[..], &tag].concat(), bytes(sealed), "{key_bytes}");
        let mut text = bytes(sealed);
        cipher.open(nonce, &header, &mut text, &[0; 4]).expect("opened");
        assert_eq!(text[..38], *b"Gallia est omnis divisa in partes tres");
    }
}

#[test]
fn keys_of_another_length_than_the_profile_has_are_refused() {
    for profile in [SrtpProfile::AesCm128HmacSha1_80, SrtpProfile::AeadAes128Gcm, SrtpProfile::AeadAes256Gcm] {
        let (key, salt) = key_and_salt_bytes(profile);
        for (key, salt, fits) in [(key, salt, true), (key - 1, salt, false), (key, salt + 1, false), (24, salt, false)]
        {
            let made = Cipher::new(profile, &vec![0; key], &vec![0; salt], Stream::Rtp);
            assert_eq!(made.is_ok(), fits, "{profile:?} {key} {salt}");
        }
    }
}
