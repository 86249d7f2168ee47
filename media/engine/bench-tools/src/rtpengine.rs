//! The peer that people use: rtpengine, driven over its ng protocol (one bencoded map in, one out, over UDP).

use crate::bencode::{Value, map};
use crate::calls::Case;
use crate::sockets::Sockets;
use crate::stream::{Protection, Stream};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use control_messages::SrtpProfile;
use packet_core::srtp::{Inbound, Outbound};
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

const ANSWER_WAIT: Duration = Duration::from_secs(5);
const KEY_BYTES: usize = 16;
const MAX_ANSWER_BYTES: usize = 65_536;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The control socket of a running rtpengine.
pub struct Rtpengine {
    socket: UdpSocket,
    commands: u64,
}

impl Rtpengine {
    pub fn new(address: SocketAddr) -> Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(address)?;
        Ok(Self { socket, commands: 0 })
    }

    /// Whether it answers within `wait`.
    pub fn answers(&mut self, wait: Duration) -> bool {
        self.exchange(map([("command", "ping".into())]), wait).is_ok()
    }

    fn exchange(&mut self, command: Value, wait: Duration) -> Result<Value> {
        self.commands += 1;
        // A repeated cookie would be answered with what was said before.
        let cookie = format!("{}-{}", std::process::id(), self.commands);
        let mut message = format!("{cookie} ");
        command.write(&mut message);
        self.socket.set_read_timeout(Some(wait))?;
        self.socket.send(message.as_bytes())?;
        let mut answer = vec![0; MAX_ANSWER_BYTES];
        loop {
            let length = self.socket.recv(&mut answer)?;
            let text = std::str::from_utf8(&answer[..length])?;
            let Some((said, body)) = text.split_once(' ') else { continue };
            if said == cookie {
                let (value, _) = Value::read(body).ok_or("the answer is not bencoded")?;
                return match value.text("result") {
                    Some("ok" | "pong") => Ok(value),
                    _ => Err(format!("rtpengine refused: {value:?}").into()),
                };
            }
        }
    }

    /// Send one side's description; returns the other's.
    fn describe(&mut self, entries: Vec<(&str, Value)>) -> Result<Described> {
        let answer = self.exchange(map(entries), ANSWER_WAIT)?;
        Described::parse(answer.text("sdp").ok_or("no sdp")?).ok_or_else(|| "an unexpected description".into())
    }
}

/// What a description says: where to send, and the master keys offered.
struct Described {
    to: SocketAddr,
    offered: Vec<Crypto>,
}

/// One line `a=crypto:` (RFC 4568 9.1).
struct Crypto {
    tag: String,
    suite: String,
    key_and_salt: Vec<u8>,
}

impl Crypto {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("a=crypto:")?.split_whitespace();
        let (tag, suite, key) = (words.next()?, words.next()?, words.next()?.strip_prefix("inline:")?);
        // Descriptions leave the padding out, or do not.
        let key = key.split('|').next()?.trim_end_matches('=');
        Some(Self { tag: tag.into(), suite: suite.into(), key_and_salt: BASE64_STANDARD_NO_PAD.decode(key).ok()? })
    }

    fn write(&self) -> String {
        format!("a=crypto:{} {} inline:{}\r\n", self.tag, self.suite, BASE64_STANDARD.encode(&self.key_and_salt))
    }
}

impl Described {
    fn parse(sdp: &str) -> Option<Self> {
        let after = |prefix: &str| sdp.lines().find_map(|line| line.strip_prefix(prefix));
        let port = after("m=audio ")?.split(' ').next()?.parse().ok()?;
        let host: Ipv4Addr = after("c=IN IP4 ")?.trim().parse().ok()?;
        Some(Self { to: SocketAddr::from((host, port)), offered: sdp.lines().filter_map(Crypto::parse).collect() })
    }
}

fn suite(profile: SrtpProfile) -> &'static str {
    match profile {
        SrtpProfile::AeadAes128Gcm => "AEAD_AES_128_GCM",
        _ => "AES_CM_128_HMAC_SHA1_80",
    }
}

fn description(at: SocketAddr, crypto: Option<&Crypto>) -> Value {
    let transport = if crypto.is_some() { "RTP/SAVP" } else { "RTP/AVP" };
    let (host, port) = (at.ip(), at.port());
    let crypto = crypto.map_or_else(String::new, Crypto::write);
    Value::Text(format!(
        "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} {transport} 0\r\n\
         a=rtpmap:0 PCMU/8000\r\n{crypto}"
    ))
}

/// Keys of our own beside those of rtpengine; returns also what the answer is to say.
fn protect(profile: SrtpProfile, offered: Vec<Crypto>) -> Result<(Protection, Crypto)> {
    let theirs = offered.into_iter().find(|crypto| crypto.suite == suite(profile)).ok_or("the suite is not offered")?;
    let ours = Crypto { key_and_salt: vec![7; theirs.key_and_salt.len()], tag: theirs.tag, suite: theirs.suite };
    let split =
        |key_and_salt: &[u8]| key_and_salt.split_at_checked(KEY_BYTES).map(|(key, salt)| (key.to_vec(), salt.to_vec()));
    let ((key, salt), (their_key, their_salt)) =
        split(&ours.key_and_salt).zip(split(&theirs.key_and_salt)).ok_or("a key is too short")?;
    let wrong = |error| format!("{error:?}");
    let protection = Protection {
        outbound: Outbound::new(profile, &key, &salt).map_err(wrong)?,
        inbound: Inbound::new(profile, &their_key, &their_salt).map_err(wrong)?,
    };
    Ok((protection, ours))
}

/// Callers, then agents, through an rtpengine; of `plain/SRTP` the agents speak SRTP with keys from the descriptions.
pub fn through_rtpengine(
    rtpengine: &mut Rtpengine,
    calls: usize,
    case: Case,
    sockets: &mut Sockets,
) -> Result<Vec<Stream>> {
    let (mut callers, mut agents) = (Vec::new(), Vec::new());
    for call in 0..calls {
        let caller = sockets.shared(call, calls * 2)?;
        let agent = match case.profile() {
            None => sockets.shared(calls + call, calls * 2)?,
            Some(_) => sockets.own()?,
        };
        let id = format!("call-{call}");
        let mut offer = vec![
            ("command", "offer".into()),
            ("call-id", id.as_str().into()),
            ("from-tag", "caller".into()),
            ("ICE", "remove".into()),
            ("DTLS", "off".into()),
            ("sdp", description(sockets.address(caller)?, None)),
            ("transport-protocol", if case.profile().is_some() { "RTP/SAVP" } else { "RTP/AVP" }.into()),
        ];
        if case == Case::Recorded {
            offer.push(("record call", "yes".into()));
        }
        let Described { to, offered } = rtpengine.describe(offer)?;
        let mut stream = Stream::new((calls + call) as u32 + 1, agent, to);
        let protected = case.profile().map(|profile| protect(profile, offered)).transpose()?;
        let (protection, crypto) = protected.unzip();
        stream.protection = protection.map(Box::new);
        agents.push(stream);
        let answer = rtpengine.describe(vec![
            ("command", "answer".into()),
            ("call-id", id.as_str().into()),
            ("from-tag", "caller".into()),
            ("to-tag", "agent".into()),
            ("ICE", "remove".into()),
            ("sdp", description(sockets.address(agent)?, crypto.as_ref())),
        ])?;
        callers.push(Stream::new(call as u32 + 1, caller, answer.to));
    }
    callers.append(&mut agents);
    Ok(callers)
}
