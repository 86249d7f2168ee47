//! The messages of Twilio Media Streams, as they are written and read; and `result`, which is ours.

use super::failure::Failure;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use control_messages::{Fork, Parameter};
use packet_core::fork::Frame;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What a flow's node can take of a robot.
const MAX_RESULTS: usize = 32;
const MAX_NAME_CHARACTERS: usize = 64;
const MAX_VALUE_CHARACTERS: usize = 256;

/// A word or an id; a thousand of them are kept.
const MAX_MARK_BYTES: usize = 500;

/// What a robot says.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    Media(Vec<u8>),
    Mark(String),
    Clear,
    Result {
        outcome: String,
        results: Vec<Parameter>,
    },
    /// An event that is not of this vocabulary, which others may know.
    Other,
}

#[derive(Deserialize)]
struct Incoming {
    event: String,
    #[serde(default)]
    media: Option<Media>,
    #[serde(default)]
    mark: Option<Mark>,
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    results: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Media {
    payload: String,
}

#[derive(Deserialize)]
struct Mark {
    name: String,
}

pub fn read(text: &str) -> Result<Said, Failure> {
    let said: Incoming = serde_json::from_str(text).map_err(|error| Failure::nonsense(error.to_string()))?;
    match said.event.as_str() {
        "media" => {
            let media = said.media.ok_or_else(|| Failure::nonsense("media without media.payload"))?;
            let sound = BASE64.decode(media.payload).map_err(|error| Failure::nonsense(error.to_string()))?;
            Ok(Said::Media(sound))
        }
        "mark" => {
            let mark = said.mark.ok_or_else(|| Failure::nonsense("mark without mark.name"))?;
            if mark.name.len() > MAX_MARK_BYTES {
                return Err(Failure::nonsense(format!("the name of a mark has {MAX_MARK_BYTES} bytes at most")));
            }
            Ok(Said::Mark(mark.name))
        }
        "clear" => Ok(Said::Clear),
        "result" => read_result(said),
        _ => Ok(Said::Other),
    }
}

fn read_result(said: Incoming) -> Result<Said, Failure> {
    let parameter = |(name, value): (String, Value)| {
        let value = match value {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        };
        Parameter { name, value }
    };
    let results: Vec<Parameter> = said.results.into_iter().map(parameter).collect();
    let long = |text: &str, most: usize| text.chars().count() > most;
    let too_long = |one: &Parameter| long(&one.name, MAX_NAME_CHARACTERS) || long(&one.value, MAX_VALUE_CHARACTERS);
    if results.len() > MAX_RESULTS || long(&said.outcome, MAX_NAME_CHARACTERS) || results.iter().any(too_long) {
        return Err(Failure::nonsense(format!(
            "at most {MAX_RESULTS} results of {MAX_VALUE_CHARACTERS} characters, names of {MAX_NAME_CHARACTERS}"
        )));
    }
    Ok(Said::Result { outcome: said.outcome, results })
}

/// Writes what a robot is told, numbered.
pub struct Writer {
    account: String,
    call: String,
    stream: String,
    sequence: u64,
    chunk: u64,
}

impl Writer {
    pub fn new(fork: &Fork) -> Self {
        let (account, call, stream) = (fork.account.clone(), fork.call.clone(), fork.stream.clone());
        Self { account, call, stream, sequence: 0, chunk: 0 }
    }

    fn event(&mut self, event: &str, body: Value) -> String {
        self.sequence += 1;
        let sequence = self.sequence.to_string();
        json!({"event": event, "sequenceNumber": sequence, "streamSid": self.stream, event: body}).to_string()
    }

    pub fn connected() -> String {
        json!({"event": "connected", "protocol": "Call", "version": "1.0.0"}).to_string()
    }

    pub fn start(&mut self, parameters: &[Parameter]) -> String {
        let named = |one: &Parameter| (one.name.clone(), Value::String(one.value.clone()));
        let body = json!({
            "streamSid": self.stream,
            "accountSid": self.account,
            "callSid": self.call,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": parameters.iter().map(named).collect::<Map<_, _>>(),
        });
        self.event("start", body)
    }

    /// `milliseconds` after the start.
    pub fn media(&mut self, frame: &Frame, milliseconds: u64) -> String {
        self.chunk += 1;
        let body = json!({
            "track": "inbound",
            "chunk": self.chunk.to_string(),
            "timestamp": milliseconds.to_string(),
            "payload": BASE64.encode(frame),
        });
        self.event("media", body)
    }

    pub fn dtmf(&mut self, digit: char) -> String {
        self.event("dtmf", json!({"track": "inbound_track", "digit": digit.to_string()}))
    }

    pub fn mark(&mut self, name: &str) -> String {
        self.event("mark", json!({"name": name}))
    }

    pub fn stop(&mut self) -> String {
        let body = json!({"accountSid": self.account, "callSid": self.call});
        self.event("stop", body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use control_messages::ForkEnd;

    #[test]
    fn what_is_no_message_is_nonsense_and_what_is_unknown_is_passed_over() {
        for wrong in ["", "hello", "[]", "{}", r#"{"event":"media"}"#, r#"{"event":"mark","mark":{}}"#] {
            assert_eq!(read(wrong).expect_err("refused").reason, ForkEnd::Nonsense, "{wrong}");
        }
        let long = format!(r#"{{"event":"mark","mark":{{"name":"{}"}}}}"#, "x".repeat(501));
        assert_eq!(read(&long).expect_err("refused").reason, ForkEnd::Nonsense);
        let not_base64 = r#"{"event":"media","media":{"payload":"%%%"}}"#;
        assert_eq!(read(not_base64).expect_err("refused").reason, ForkEnd::Nonsense);
        assert_eq!(read(r#"{"event":"log","text":"hm"}"#), Ok(Said::Other));
        assert_eq!(read(r#"{"event":"clear","streamSid":"MZ1","more":[1]}"#), Ok(Said::Clear));
    }

    #[test]
    fn a_result_names_its_outcome_and_gives_texts() {
        let text = r#"{"event":"result","outcome":"sales","results":{"name":"Ann","age":42,"vip":true,"gone":null}}"#;
        let Ok(Said::Result { outcome, results }) = read(text) else { panic!("a result") };
        let named = |name: &str| results.iter().find(|one| one.name == name).map(|one| one.value.as_str());
        assert_eq!(outcome, "sales");
        assert_eq!(
            [named("name"), named("age"), named("vip"), named("gone")].map(Option::unwrap),
            ["Ann", "42", "true", ""]
        );
        assert_eq!(read(r#"{"event":"result"}"#), Ok(Said::Result { outcome: String::new(), results: Vec::new() }));
        let long = format!(r#"{{"event":"result","results":{{"a":"{}"}}}}"#, "x".repeat(257));
        assert_eq!(read(&long).expect_err("refused").reason, ForkEnd::Nonsense);
    }
}
