//! Making and closing legs: sockets, random values.

use super::{Host, RTCP_TOKEN, Worker};
use crate::ports::PortPair;
use control_messages::{Address, Answer, LegKind, Refusal, RefusalCode};
use packet_core::switchboard::{LegSeed, NewLeg};
use std::io;
use std::net::{SocketAddr, UdpSocket};

/// RFC 8445 5.3 asks for 4 and 22 characters at least.
const UFRAG_CHARACTERS: usize = 8;
const PASSWORD_CHARACTERS: usize = 24;
/// 64 characters, all allowed by the ice-char grammar.
const ICE_CHARACTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const HEX: &[u8; 16] = b"0123456789abcdef";

pub struct LegSockets {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
    pub port: u16,
}

pub fn io_error(error: &io::Error) -> Refusal {
    Refusal::new(RefusalCode::IoError, error.to_string())
}

fn random<const N: usize>() -> Result<[u8; N], Refusal> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Refusal::new(RefusalCode::IoError, error.to_string()))?;
    Ok(bytes)
}

fn characters<const N: usize>() -> Result<String, Refusal> {
    Ok(random::<N>()?.iter().map(|byte| char::from(ICE_CHARACTERS[usize::from(byte & 63)])).collect())
}

fn leg_seed() -> Result<LegSeed, Refusal> {
    let bytes = random::<26>()?;
    let word = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let mut cname = [0; 16];
    for (character, byte) in cname.iter_mut().zip(&bytes[10..]) {
        *character = HEX[usize::from(byte & 15)];
    }
    Ok(LegSeed {
        ssrc: word(0),
        sequence: u16::from_be_bytes([bytes[4], bytes[5]]),
        timestamp: word(6),
        cname,
        ufrag: characters::<UFRAG_CHARACTERS>()?,
        password: characters::<PASSWORD_CHARACTERS>()?,
    })
}

impl Worker {
    pub(super) fn create_rtp_leg(&mut self, leg: String, group: String, ipv6: bool) -> Result<Answer, Refusal> {
        if let Some(key) = self.switchboard.existing_leg(&leg, &group, LegKind::Rtp)? {
            let port = self.sockets.get(key).and_then(Option::as_ref).map_or(0, |sockets| sockets.port);
            let host = self.host(ipv6)?;
            return Ok(rtp_leg_created(leg, host, port));
        }
        let host = self.host(ipv6)?;
        let seed = leg_seed()?;
        let no_port = || Refusal {
            limit: "ports".into(),
            ..Refusal::new(RefusalCode::NoPortFree, "no free pair of ports in the range")
        };
        let PortPair { rtp, rtcp, port } =
            self.ports.bind(host.bind).map_err(|error| io_error(&error))?.ok_or_else(no_port)?;
        let key = self.switchboard.vacant_leg();
        let watched = self.watch(&rtp, key as u64).and_then(|()| self.watch(&rtcp, key as u64 | RTCP_TOKEN));
        if let Err(error) = watched {
            self.ports.give_back(port);
            return Err(io_error(&error));
        }
        self.keep_sockets(key, LegSockets { rtp, rtcp, port });
        let local = SocketAddr::new(host.announce, port);
        let new = NewLeg { name: leg.clone(), group, kind: LegKind::Rtp, local, seed };
        self.switchboard.create_leg(new, self.clock.now());
        self.own(key);
        Ok(rtp_leg_created(leg, host, port))
    }

    pub(super) fn keep_sockets(&mut self, key: usize, sockets: LegSockets) {
        if self.sockets.len() <= key {
            self.sockets.resize_with(key + 1, || None);
        }
        self.sockets[key] = Some(sockets);
    }

    fn own(&self, key: usize) {
        if let Some(handover) = &self.handover {
            handover.crew.directory.set_owner(key, handover.crew.own);
        }
    }

    /// Let the other workers find a browser's leg by its user fragment: at its creation and after an ICE restart.
    pub(super) fn list_ufrag(&self, key: usize) {
        if let (Some(handover), Some((ufrag, _))) = (&self.handover, self.switchboard.credentials(key)) {
            handover.crew.directory.add(ufrag, key);
        }
    }

    fn host(&self, ipv6: bool) -> Result<Host, Refusal> {
        let fitting = self.rtp_hosts.iter().find(|host| host.bind.is_ipv6() == ipv6).copied();
        let family = if ipv6 { "IPv6" } else { "IPv4" };
        fitting.ok_or_else(|| Refusal::new(RefusalCode::IoError, format!("--rtp-host names no {family} address")))
    }

    pub(super) fn create_webrtc_leg(&mut self, leg: String, group: String) -> Result<Answer, Refusal> {
        let key = match self.switchboard.existing_leg(&leg, &group, LegKind::Webrtc)? {
            Some(key) => key,
            None => {
                let mut seed = leg_seed()?;
                while self.switchboard.has_ufrag(&seed.ufrag) {
                    seed = leg_seed()?;
                }
                let local = self.shared.first().and_then(|socket| socket.local_addr().ok());
                let local = local.ok_or_else(|| Refusal::new(RefusalCode::IoError, "no --webrtc port"))?;
                let new = NewLeg { name: leg.clone(), group, kind: LegKind::Webrtc, local, seed };
                let key = self.switchboard.create_leg(new, self.clock.now());
                self.own(key);
                self.list_ufrag(key);
                key
            }
        };
        let (ufrag, password) = self.switchboard.credentials(key).unwrap_or_default();
        Ok(Answer::WebrtcLegCreated { leg, ufrag: ufrag.to_owned(), password: password.to_owned() })
    }

    pub(super) fn restart_ice(&mut self, leg: &str) -> Result<Answer, Refusal> {
        let mut ufrag = characters::<UFRAG_CHARACTERS>()?;
        while self.switchboard.has_ufrag(&ufrag) {
            ufrag = characters::<UFRAG_CHARACTERS>()?;
        }
        let answer = self.switchboard.restart_ice(leg, ufrag, characters::<PASSWORD_CHARACTERS>()?)?;
        if let Some(key) = self.switchboard.key_of_leg(leg) {
            self.list_ufrag(key);
        }
        Ok(answer)
    }

    pub(super) fn delete_leg(&mut self, name: &str) -> Answer {
        if let (Some(handover), Some(key)) = (&self.handover, self.switchboard.key_of_leg(name)) {
            // Before the key may be given to another leg.
            handover.crew.directory.remove(key);
        }
        let now = self.clock.now();
        self.switchboard.say_goodbye(name, now, &mut self.outbox);
        self.flush(); // while its sockets are open
        let key = self.switchboard.delete_leg(name, now);
        // Closing the sockets also takes them out of epoll.
        if let Some(sockets) = key.and_then(|key| self.sockets.get_mut(key)).and_then(Option::take) {
            self.ports.give_back(sockets.port);
        }
        Answer::Done
    }
}

fn rtp_leg_created(leg: String, host: Host, port: u16) -> Answer {
    let address = |port: u16| Address::from(SocketAddr::new(host.announce, port));
    Answer::RtpLegCreated { leg, rtp: address(port), rtcp: address(port + 1) }
}
