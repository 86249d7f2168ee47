//! The golden bytes that the Python side wrote (`tests/contract/engine_samples.py`) are read and written alike.

use control_messages::{
    Answer, Codec, Command, Direction, Event, FromEngine, LegKind, Play, RefusalCode, Source, SrtpProfile, ToEngine,
    decode_answer, decode_command, encode_command_frame, encode_frame,
};
use std::collections::BTreeMap;
use std::path::Path;

fn golden() -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/contract/golden");
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the golden files") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        found.insert(name, std::fs::read(path).expect("readable"));
    }
    assert!(found.len() > 40);
    found
}

fn command(name: &str) -> Command {
    decode_command(&golden()[name]).expect("a command").command
}

fn from_engine(name: &str) -> FromEngine {
    decode_answer(&golden()[name]).expect("an answer or event")
}

#[test]
fn every_golden_message_is_read_and_written_byte_for_byte() {
    for (name, bytes) in golden() {
        let frame = if name.starts_with("command_") {
            let message: ToEngine = decode_command(&bytes).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            encode_command_frame(&message)
        } else {
            encode_frame(&decode_answer(&bytes).unwrap_or_else(|error| panic!("{name}: {error}")))
        };
        assert_eq!(frame[..4], (bytes.len() as u32).to_be_bytes(), "{name}");
        assert_eq!(frame[4..], bytes[..], "{name}");
    }
}

#[test]
fn the_values_are_what_python_meant() {
    let Command::ConfigureLeg(configure) = command("command_configure_leg") else { panic!("configure_leg") };
    assert_eq!(configure.direction, Direction::RecvOnly);
    assert_eq!(configure.payloads[2].codec, Codec::TelephoneEvent);
    assert_eq!(configure.remote.expect("an address").socket_address(), "192.0.2.7:20004".parse().ok());
    let Command::SecureLeg { keys, .. } = command("command_secure_leg_gcm") else { panic!("secure_leg") };
    assert_eq!((keys.profile, keys.local_salt.len(), keys.remote_key[0]), (SrtpProfile::AeadAes128Gcm, 12, 240));
    let Command::CreatePlayer { play: Play::Tones { level_dbm0, repeat, .. }, .. } =
        command("command_create_player_of_tones")
    else {
        panic!("create_player")
    };
    assert_eq!((level_dbm0, repeat), (-19.5, true));
    let Some(Answer::Snapshot { legs, .. }) = from_engine("answer_snapshot").answer else { panic!("snapshot") };
    assert_eq!((legs[1].kind, legs[1].secured), (LegKind::Webrtc, true));
    assert_eq!(legs[0].hearing[1], Source::Player { player: "player-1".into() });
    let refusal = from_engine("refusal").refusal.expect("a refusal");
    assert_eq!(refusal.code, RefusalCode::NotFound);
    let Some(Event::LegEnded { statistics, .. }) = from_engine("event_leg_ended").event else { panic!("leg_ended") };
    assert_eq!((statistics.packets_received, statistics.mos), (4_294_967_296, Some(4.25)));
}

#[test]
fn an_unknown_command_is_told_by_name_and_a_malformed_one_by_its_request() {
    let body = b"\x82\xa7request\x07\xa7command\x81\xa4type\xa8teleport";
    let unreadable = decode_command(body).expect_err("unknown");
    assert_eq!((unreadable.request, unreadable.refusal.code), (Some(7), RefusalCode::UnknownCommand));
    assert_eq!(unreadable.refusal.message, "teleport");
    let body = b"\x82\xa7request\x07\xa7command\x82\xa4type\xaadelete_leg\xa3leg\x05";
    let unreadable = decode_command(body).expect_err("malformed");
    assert_eq!((unreadable.request, unreadable.refusal.code), (Some(7), RefusalCode::Malformed));
    assert_eq!(decode_command(b"\xc1garbage").expect_err("no MessagePack").request, None);
}

#[test]
fn unknown_fields_are_ignored_and_missing_ones_take_their_defaults() {
    let body = b"\x83\xa7request\x01\xa7command\x82\xa4type\xa5hello\xa5extra\x93\x01\x02\x03\xa4more\xc0";
    let message = decode_command(body).expect("hello");
    assert_eq!(message.command, Command::Hello { protocol: 1, token: String::new() });
}

#[test]
fn truncated_and_mutated_messages_never_panic() {
    for bytes in golden().values() {
        for end in 0..bytes.len() {
            let _ = decode_command(&bytes[..end]);
            let _ = decode_answer(&bytes[..end]);
        }
        for at in 0..bytes.len() {
            for flip in [0x01, 0x10, 0x80, 0xff] {
                let mut mutated = bytes.clone();
                mutated[at] ^= flip;
                let _ = decode_command(&mutated);
                let _ = decode_answer(&mutated);
            }
        }
    }
}
