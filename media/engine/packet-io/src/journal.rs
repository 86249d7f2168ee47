//! Structured logs: one JSON document a line on standard error, without personal data.

use serde_json::{Map, Value};
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// Write one line; a standard error that is gone (the parent died) is no reason to stop.
pub fn write(level: &str, event: &str, fields: &[(&str, Value)]) {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
    let mut line = Map::new();
    line.insert("time".into(), seconds.into());
    line.insert("level".into(), level.into());
    line.insert("event".into(), event.into());
    for (name, value) in fields {
        line.insert((*name).to_owned(), value.clone());
    }
    let _ = writeln!(std::io::stderr().lock(), "{}", Value::Object(line));
}

pub fn info(event: &str, fields: &[(&str, Value)]) {
    write("info", event, fields);
}

pub fn warning(event: &str, fields: &[(&str, Value)]) {
    write("warning", event, fields);
}
