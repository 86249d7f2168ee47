use super::*;
use crate::rtp::{HEADER_BYTES, Outgoing};
use control_messages::SrtpProfile;

fn keys(profile: SrtpProfile, ours: u8, theirs: u8) -> SrtpKeys {
    let (key, salt) = crate::srtp::key_and_salt_bytes(profile);
    SrtpKeys {
        profile,
        local_key: vec![ours; key],
        local_salt: vec![ours; salt],
        remote_key: vec![theirs; key],
        remote_salt: vec![theirs; salt],
    }
}

/// The far end's side of the same keys.
fn mirrored(keys: &SrtpKeys) -> SrtpKeys {
    SrtpKeys {
        profile: keys.profile,
        local_key: keys.remote_key.clone(),
        local_salt: keys.remote_salt.clone(),
        remote_key: keys.local_key.clone(),
        remote_salt: keys.local_salt.clone(),
    }
}

fn send(srtp: &mut Srtp, sequence: u16) -> Vec<u8> {
    let mut buffer = [0; 60];
    let header = Outgoing { marker: false, payload_type: 8, sequence, timestamp: 1, ssrc: 77 };
    header.write(buffer.first_chunk_mut::<HEADER_BYTES>().expect("room"));
    let length = srtp.protect_rtp(&mut buffer, 32).expect("protected");
    buffer[..length].to_vec()
}

const PROFILES: [SrtpProfile; 2] = [SrtpProfile::AesCm128HmacSha1_32, SrtpProfile::AeadAes256Gcm];

/// A far end and us, after so many packets from it that its sequence number wrapped once.
fn wrapped(profile: SrtpProfile) -> (Srtp, Srtp) {
    let first = keys(profile, 1, 2);
    let (mut far, mut near) = (Srtp::new(&mirrored(&first)).expect("keys"), Srtp::new(&first).expect("keys"));
    for sequence in [40_000, 65_000, 3] {
        near.unprotect_rtp(&mut send(&mut far, sequence)).expect("opened");
    }
    (far, near)
}

#[test]
fn other_keys_go_on_with_the_roll_over_counter() {
    for profile in PROFILES {
        let (mut far, mut near) = wrapped(profile);
        let next = keys(profile, 1, 5);
        far.change(&mirrored(&next)).expect("keys");
        near.change(&next).expect("keys");
        for sequence in [4, 5] {
            let packet = send(&mut far, sequence);
            assert_eq!(near.unprotect_rtp(&mut packet.clone()), Ok(32), "{profile:?}");
            assert!(near.unprotect_rtp(&mut packet.clone()).is_err(), "replayed");
        }
    }
}

#[test]
fn a_far_end_that_starts_at_zero_again_with_new_keys_is_understood_too() {
    for profile in PROFILES {
        let (_, mut near) = wrapped(profile);
        let next = keys(profile, 1, 5);
        near.change(&next).expect("keys");
        let mut fresh = Srtp::new(&mirrored(&next)).expect("keys");
        let opened = [4, 5].map(|sequence| near.unprotect_rtp(&mut send(&mut fresh, sequence)));
        assert_eq!(opened, [Ok(32), Ok(32)]);
    }
}

#[test]
fn packets_on_their_way_under_the_old_keys_are_opened_until_the_new_ones_are_in_use() {
    for profile in PROFILES {
        let (mut far, mut near) = wrapped(profile);
        let late = [send(&mut far, 4), send(&mut far, 5)];
        let next = keys(profile, 1, 5);
        near.change(&next).expect("keys");
        far.change(&mirrored(&next)).expect("keys");
        assert_eq!(near.unprotect_rtp(&mut send(&mut far, 6)), Ok(32));
        assert_eq!(near.unprotect_rtp(&mut late[0].clone()), Ok(32));
        assert!(near.unprotect_rtp(&mut late[0].clone()).is_err(), "replayed");
        for sequence in 7..7 + WINDOW as u16 {
            near.unprotect_rtp(&mut send(&mut far, sequence)).expect("opened");
        }
        assert!(near.unprotect_rtp(&mut late[1].clone()).is_err(), "the old keys have gone");
    }
}

#[test]
fn the_same_keys_again_change_nothing() {
    let (mut far, mut near) = wrapped(PROFILES[1]);
    let seen = send(&mut far, 9);
    near.unprotect_rtp(&mut seen.clone()).expect("opened");
    near.change(&keys(PROFILES[1], 1, 2)).expect("keys");
    far.change(&mirrored(&keys(PROFILES[1], 1, 2))).expect("keys");
    assert!(near.unprotect_rtp(&mut seen.clone()).is_err(), "a replay stays one");
    assert_eq!(near.unprotect_rtp(&mut send(&mut far, 10)), Ok(32), "and the roll-over counter is kept");
}

#[test]
fn keys_that_do_not_fit_leave_the_old_ones_in_force() {
    let (mut far, mut near) = wrapped(PROFILES[0]);
    let wrong = SrtpKeys { remote_key: vec![1; 3], ..keys(PROFILES[0], 7, 8) };
    assert!(near.change(&wrong).is_err());
    assert_eq!(near.unprotect_rtp(&mut send(&mut far, 9)), Ok(32));
}
