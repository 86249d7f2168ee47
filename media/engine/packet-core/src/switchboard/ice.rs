//! The shared port of all browser legs: ICE lite (RFC 8445), and telling STUN, DTLS, SRTP apart (RFC 7983).

use super::Switchboard;
use super::leg::{Credentials, Ice};
use super::outbox::{Outbox, Port};
use crate::stun::{self, BindingRequest, MAX_RESPONSE_BYTES};
use crate::{Nanos, SECOND, rtp};
use control_messages::{Answer, Event, Refusal, RefusalCode};
use std::net::SocketAddr;

/// A browser has a few addresses; more valid pairs than that are not remembered.
const MAX_VALID_PAIRS: usize = 8;
/// Consent freshness seen from the lite side (RFC 7675 gives 30 s, browsers check each 2.5 s).
pub const CONSENT: Nanos = 15 * SECOND;
/// A handshake takes a dozen datagrams; a flood must not reach the controller.
const MAX_DTLS_PER_SECOND: u32 = 100;
const DTLS_FIRST_BYTES: std::ops::RangeInclusive<u8> = 20..=63;
const RTP_FIRST_BYTES: std::ops::RangeInclusive<u8> = 128..=191;

/// What a right check changed.
#[derive(Debug, Default)]
struct Checked {
    connected: bool,
    /// A pair to remember, and one that had to make room for it.
    added: bool,
    forgotten: Option<(u8, SocketAddr)>,
}

impl Credentials {
    fn fit(&self, request: &BindingRequest<'_>) -> bool {
        self.ufrag == request.local_ufrag
            && (self.remote_ufrag.is_empty() || self.remote_ufrag == request.remote_ufrag)
            && request.has_integrity(&self.password)
    }
}

impl Ice {
    fn all_credentials(&self) -> impl Iterator<Item = &Credentials> {
        std::iter::once(&self.credentials).chain(self.former.as_ref())
    }

    /// The credentials that a check proves to know.
    fn credentials_of(&self, request: &BindingRequest<'_>) -> Option<&Credentials> {
        self.all_credentials().find(|credentials| credentials.fit(request))
    }

    fn ufrags(&self) -> impl Iterator<Item = &str> {
        self.all_credentials().map(|credentials| credentials.ufrag.as_str())
    }

    /// Take other credentials; returns a user fragment that means nothing any more.
    fn restart(&mut self, ufrag: String, password: String) -> Option<String> {
        let fresh = Credentials { ufrag, password, remote_ufrag: String::new() };
        let replaced = std::mem::replace(&mut self.credentials, fresh);
        if self.former.is_some() {
            return Some(replaced.ufrag); // a restart that the far end never followed
        }
        self.former = Some(replaced);
        None
    }

    /// A check with the new credentials: the old ones have served, and the new session nominates anew. Sound stays on the
    /// pair in use until it does.
    fn follow_restart(&mut self, request: &BindingRequest<'_>) -> Option<String> {
        if self.credentials.ufrag != request.local_ufrag {
            return None;
        }
        let former = self.former.take()?;
        self.nominated = false;
        Some(former.ufrag)
    }

    fn checked(&mut self, pair: (u8, SocketAddr), use_candidate: bool, now: Nanos) -> Checked {
        let mut result = Checked::default();
        self.checked_at = now;
        if !self.valid.contains(&pair) {
            if self.valid.len() == MAX_VALID_PAIRS {
                let oldest = self.valid.iter().position(|other| Some(*other) != self.selected).unwrap_or(0);
                result.forgotten = Some(self.valid.remove(oldest));
            }
            self.valid.push(pair);
            result.added = true;
        }
        // Until the browser nominates, the first valid pair serves: DTLS may start before the nomination.
        if use_candidate || (!self.nominated && self.selected.is_none()) {
            self.selected = Some(pair);
            self.nominated |= use_candidate;
        }
        if !self.connected {
            if !self.nominated {
                self.selected = Some(pair);
            }
            self.connected = true;
            result.connected = true;
        }
        result
    }
}

impl Switchboard {
    pub(super) fn receive_shared(
        &mut self,
        index: u8,
        datagram: &mut [u8],
        source: SocketAddr,
        now: Nanos,
        out: &mut Outbox,
    ) {
        let Some(first) = datagram.first().copied() else { return };
        if stun::is_stun(datagram) {
            return self.receive_check(index, datagram, source, now, out);
        }
        let Some(key) = self.addresses.get(&(index, source)).copied() else {
            self.counters.strangers += 1;
            return;
        };
        if RTP_FIRST_BYTES.contains(&first) {
            match rtp::is_rtcp(datagram) {
                true => self.receive_rtcp(key, datagram, source, now),
                false => self.receive_rtp(key, datagram, source, now, out),
            }
        } else if DTLS_FIRST_BYTES.contains(&first) {
            self.receive_dtls(key, datagram);
        } else {
            self.counters.malformed += 1;
        }
    }

    fn receive_dtls(&mut self, key: usize, datagram: &[u8]) {
        let leg = &mut self.legs[key];
        let name = leg.name.clone();
        let Some(ice) = leg.ice_mut() else { return };
        ice.dtls_in_second += 1;
        if ice.dtls_in_second > MAX_DTLS_PER_SECOND {
            leg.discarded += 1;
            return;
        }
        self.events.push_back(Event::DtlsReceived { leg: name, datagram: datagram.to_vec() });
    }

    /// A connectivity check: answered only when it proves to know our password.
    fn receive_check(&mut self, index: u8, datagram: &[u8], source: SocketAddr, now: Nanos, out: &mut Outbox) {
        let Some(request) = BindingRequest::parse(datagram) else {
            self.counters.malformed += 1;
            return;
        };
        let mut response = [0; MAX_RESPONSE_BYTES];
        let found = answer(&self.ufrags, &mut self.legs, &request, source, &mut response);
        let Some((key, ice, length)) = found else {
            self.counters.strangers += 1;
            return;
        };
        out.slot()[..length].copy_from_slice(&response[..length]);
        out.commit(Port::Shared(index), source, length);
        if request.role_conflict {
            return;
        }
        if let Some(ufrag) = ice.follow_restart(&request) {
            self.ufrags.remove(&ufrag);
        }
        let checked = ice.checked((index, source), request.use_candidate, now);
        let remote = ice.selected.map_or(source, |(_, address)| address);
        if let Some(pair) = checked.forgotten {
            self.addresses.remove(&pair);
        }
        if checked.added {
            self.take_address((index, source), key);
        }
        if checked.connected {
            self.events.push_back(Event::IceConnected { leg: self.legs[key].name.clone(), remote: remote.into() });
        }
    }

    /// The same browser address now serves another leg (a reloaded page): the older one loses it.
    fn take_address(&mut self, pair: (u8, SocketAddr), key: usize) {
        let Some(before) = self.addresses.insert(pair, key).filter(|before| *before != key) else { return };
        if let Some(ice) = self.legs.get_mut(before).and_then(super::leg::Leg::ice_mut) {
            ice.valid.retain(|other| *other != pair);
        }
    }

    /// New credentials for a webrtc leg; `ufrag` is one that `has_ufrag` does not know. Sound goes on meanwhile.
    pub fn restart_ice(&mut self, name: &str, ufrag: String, password: String) -> Result<Answer, Refusal> {
        let key = self.leg_key(name)?;
        let refuse = || Refusal::new(RefusalCode::NotNegotiated, "not a webrtc leg");
        let ice = self.legs[key].ice_mut().ok_or_else(refuse)?;
        if let Some(unused) = ice.restart(ufrag.clone(), password.clone()) {
            self.ufrags.remove(&unused);
        }
        self.ufrags.insert(ufrag.clone(), key);
        Ok(Answer::WebrtcLegCreated { leg: name.to_owned(), ufrag, password })
    }

    pub(super) fn forget_agent(&mut self, ice: &Ice) {
        for ufrag in ice.ufrags() {
            self.ufrags.remove(ufrag);
        }
        for pair in &ice.valid {
            self.addresses.remove(pair);
        }
    }

    pub fn send_dtls(&mut self, name: &str, datagram: &[u8], out: &mut Outbox) -> Result<Answer, Refusal> {
        let key = self.leg_key(name)?;
        let refuse = |message: &str| Refusal::new(RefusalCode::NotNegotiated, message);
        let ice = self.legs[key].ice().ok_or_else(|| refuse("not a webrtc leg"))?;
        let (index, to) = ice.selected.ok_or_else(|| refuse("no connectivity check has come yet"))?;
        let room = out.slot();
        let Some(room) = room.get_mut(..datagram.len()) else {
            return Err(Refusal::new(RefusalCode::Malformed, "the datagram exceeds 1500 bytes"));
        };
        room.copy_from_slice(datagram);
        out.commit(Port::Shared(index), to, datagram.len());
        Ok(Answer::Done)
    }
}

/// The leg that a check is for, and the length of the answer to it; None when it does not prove to know the password.
fn answer<'a>(
    ufrags: &std::collections::HashMap<String, usize>,
    legs: &'a mut super::table::Table<super::leg::Leg>,
    request: &BindingRequest<'_>,
    source: SocketAddr,
    response: &mut [u8; MAX_RESPONSE_BYTES],
) -> Option<(usize, &'a mut Ice, usize)> {
    let key = ufrags.get(request.local_ufrag).copied()?;
    let leg = legs.get_mut(key)?;
    let Some(credentials) = leg.ice().and_then(|ice| ice.credentials_of(request)) else {
        leg.discarded += 1;
        return None;
    };
    let length = match request.role_conflict {
        true => request.respond_role_conflict(&credentials.password, response),
        false => request.respond(source, &credentials.password, response),
    };
    leg.ice_mut().map(|ice| (key, ice, length))
}
