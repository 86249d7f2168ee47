//! Bencoding, the little of it that the ng protocol takes.

use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A map of these entries.
pub fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

impl Value {
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(&format!("{}:{text}", text.len())),
            Self::List(values) => {
                out.push('l');
                values.iter().for_each(|value| value.write(out));
                out.push('e');
            }
            Self::Map(entries) => {
                out.push('d');
                for (name, value) in entries {
                    Self::Text(name.clone()).write(out);
                    value.write(out);
                }
                out.push('e');
            }
        }
    }

    /// The first value in `text` and what follows it; integers are kept as text.
    pub fn read(text: &str) -> Option<(Self, &str)> {
        let rest = text.get(1..)?;
        match text.as_bytes().first()? {
            b'i' => rest.split_once('e').map(|(number, rest)| (number.into(), rest)),
            b'l' => Self::read_all(rest).map(|(values, rest)| (Self::List(values), rest)),
            b'd' => {
                let (values, rest) = Self::read_all(rest)?;
                let pairs = values.chunks_exact(2).filter_map(|pair| match pair {
                    [Self::Text(name), value] => Some((name.clone(), value.clone())),
                    _ => None,
                });
                Some((Self::Map(pairs.collect()), rest))
            }
            _ => {
                let (length, rest) = text.split_once(':')?;
                let (text, rest) = rest.split_at_checked(length.parse().ok()?)?;
                Some((text.into(), rest))
            }
        }
    }

    fn read_all(mut text: &str) -> Option<(Vec<Self>, &str)> {
        let mut values = Vec::new();
        while !text.starts_with('e') {
            let (value, rest) = Self::read(text)?;
            values.push(value);
            text = rest;
        }
        Some((values, &text[1..]))
    }

    /// The text under `name` in a map.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self {
            Self::Map(entries) => match entries.get(name)? {
                Self::Text(text) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let value = map([
            ("b", Value::List(vec!["x".into(), "".into()])),
            ("a", "1:2".into()),
            ("m", map([("k", "v".into())])),
        ]);
        let mut text = String::new();
        value.write(&mut text);
        assert_eq!(text, "d1:a3:1:21:bl1:x0:e1:md1:k1:vee");
        assert_eq!(Value::read(&text), Some((value, "")));
    }

    #[test]
    fn an_integer_is_text_and_a_truncated_value_is_none() {
        assert_eq!(Value::read("d1:ni-7ee").and_then(|(map, _)| map.text("n").map(str::to_owned)), Some("-7".into()));
        for broken in ["", "d", "d1:a", "5:abc", "l1:a", "x"] {
            assert_eq!(Value::read(broken), None, "{broken}");
        }
    }
}
