//! What a controller changes on legs.

use super::clock::Item;
use super::leg::{Leg, LegSeed, SourceKey, Transport};
use super::payloads::PayloadMap;
use super::{MAX_LEGS, Switchboard, check_name, conflict, limit_reached};
use crate::Nanos;
use crate::srtp::Srtp;
use crate::telephone_event::{DigitSender, MAX_QUEUED_DIGITS};
use control_messages::{Address, Answer, ConfigureLeg, Event, LegKind, LegState, Refusal, RefusalCode, SrtpKeys};
use std::net::SocketAddr;

/// What a leg is made of.
pub struct NewLeg {
    pub name: String,
    pub group: String,
    pub kind: LegKind,
    /// Where the far end sends to, as announced.
    pub local: SocketAddr,
    pub seed: LegSeed,
}

fn malformed(message: &str) -> Refusal {
    Refusal::new(RefusalCode::Malformed, message)
}

fn codes_of(digits: &str) -> Result<Vec<u8>, Refusal> {
    DigitSender::codes(digits).ok_or_else(|| malformed("digits are 0-9, *, #, A-D"))
}

/// An address to send to; "0.0.0.0" (hold of old) and port 0 are none.
fn remote_address(address: Option<&Address>) -> Result<Option<SocketAddr>, Refusal> {
    let Some(address) = address else { return Ok(None) };
    let parsed = address.socket_address().ok_or_else(|| malformed("the host is not an IP literal"))?;
    Ok((!parsed.ip().is_unspecified() && parsed.port() != 0).then_some(parsed))
}

impl Switchboard {
    /// The key of a leg that exists with the same arguments; an error when they differ.
    pub fn existing_leg(&self, name: &str, group: &str, kind: LegKind) -> Result<Option<usize>, Refusal> {
        check_name(name)?;
        let Some(key) = self.leg_keys.get(name).copied() else {
            return if self.legs.len() < MAX_LEGS { Ok(None) } else { Err(limit_reached("legs", MAX_LEGS)) };
        };
        let leg = &self.legs[key];
        if leg.group == group && leg.kind() == kind { Ok(Some(key)) } else { Err(conflict("leg", name)) }
    }

    /// The key under which the next leg will be kept, so that its sockets can be named first.
    pub fn vacant_leg(&mut self) -> usize {
        self.legs.vacant_key()
    }

    pub fn create_leg(&mut self, new: NewLeg, now: Nanos) -> usize {
        let NewLeg { name, group, kind, local, seed } = new;
        let leg = Leg::new(name.clone(), group, kind, local, seed);
        let ufrag = leg.ice().map(|ice| ice.credentials.ufrag.clone());
        let key = self.legs.insert(leg);
        self.leg_keys.insert(name, key);
        if let Some(ufrag) = ufrag {
            self.ufrags.insert(ufrag, key);
        }
        self.need_chores(now);
        key
    }

    /// User fragment and password of a webrtc leg.
    pub fn credentials(&self, key: usize) -> Option<(&str, &str)> {
        let ice = self.legs.get(key)?.ice()?;
        Some((&ice.credentials.ufrag, &ice.credentials.password))
    }

    pub fn has_ufrag(&self, ufrag: &str) -> bool {
        self.ufrags.contains_key(ufrag)
    }

    pub fn configure_leg(&mut self, command: &ConfigureLeg, now: Nanos) -> Result<Answer, Refusal> {
        let key = self.leg_key(&command.leg)?;
        let payloads = PayloadMap::new(&command.payloads).map_err(|wrong| malformed(&wrong))?;
        let remote = remote_address(command.remote.as_ref())?;
        let remote_rtcp = remote_address(command.remote_rtcp.as_ref())?;
        let leg = &mut self.legs[key];
        match &mut leg.transport {
            Transport::Rtp { rtp, rtcp, rtcp_mux } => {
                let next_port =
                    |address: SocketAddr| Some(SocketAddr::new(address.ip(), address.port().checked_add(1)?));
                rtp.signal(remote);
                rtcp.signal(remote_rtcp.or_else(|| remote.and_then(next_port)));
                *rtcp_mux = command.rtcp_mux;
            }
            Transport::Webrtc(ice) => ice.credentials.remote_ufrag.clone_from(&command.remote_ufrag),
        }
        leg.direction = command.direction;
        self.set_payloads(key, payloads, now);
        Ok(Answer::Done)
    }

    /// What was negotiated may put the leg and whoever hears it onto other paths.
    fn set_payloads(&mut self, key: usize, payloads: PayloadMap, now: Nanos) {
        let leg = &mut self.legs[key];
        leg.stream.set_clock_rate(payloads.clock_rate());
        let before = leg.spoken();
        leg.speaks = leg.speaks.filter(|codec| payloads.receives(*codec));
        let sends_the_same = leg.payloads.audio == payloads.audio;
        leg.payloads = payloads;
        if leg.spoken() != before {
            for hearer in self.legs[key].hearers.clone() {
                self.reroute(hearer, None, now);
            }
        }
        if !sends_the_same {
            self.reroute(key, None, now);
        }
        self.review_voices_around(key, now);
    }

    pub fn secure_leg(&mut self, name: &str, keys: &SrtpKeys) -> Result<Answer, Refusal> {
        let key = self.leg_key(name)?;
        let bad = |_| malformed("keys or salts have the wrong length for the profile");
        match self.legs[key].srtp.as_mut() {
            Some(srtp) => srtp.change(keys).map_err(bad)?,
            None => {
                self.legs[key].srtp = Some(Box::new(Srtp::new(keys).map_err(bad)?));
                self.legs[key].distrust();
            }
        }
        Ok(Answer::Done)
    }

    pub fn send_digits(
        &mut self,
        name: &str,
        digits: &str,
        lengths: (u32, u32),
        now: Nanos,
    ) -> Result<Answer, Refusal> {
        let key = self.leg_key(name)?;
        let codes = codes_of(digits)?;
        let leg = &mut self.legs[key];
        if leg.payloads.digits.is_none() {
            return Err(Refusal::new(RefusalCode::NotNegotiated, "the leg has no telephone-event payload type"));
        }
        if leg.digits_out.queued() + codes.len() > MAX_QUEUED_DIGITS {
            return Err(limit_reached("digits waiting", MAX_QUEUED_DIGITS));
        }
        leg.digits_out.push(&codes, lengths.0, lengths.1);
        self.clock.add(Item::Digits(key), now);
        Ok(Answer::Done)
    }

    /// Keys that the far end of a leg pressed and told by signalling: its robot, what it hears, and who hears it take
    /// them as telephone events. Whoever told us of them is not told again.
    pub fn press_digits(
        &mut self,
        name: &str,
        digits: &str,
        lengths: (u32, u32),
        now: Nanos,
    ) -> Result<Answer, Refusal> {
        let key = self.leg_key(name)?;
        let codes = codes_of(digits)?;
        self.note_event_of(key, now);
        digits.chars().for_each(|digit| self.note_pressed(key, digit.to_ascii_uppercase()));
        if self.legs[key].direction.receives() {
            for hearer in self.legs[key].hearers.clone() {
                let leg = &mut self.legs[hearer];
                if leg.payloads.digits.is_some() && leg.digits_out.queued() + codes.len() <= MAX_QUEUED_DIGITS {
                    leg.digits_out.push(&codes, lengths.0, lengths.1);
                    self.clock.add(Item::Digits(hearer), now);
                }
            }
        }
        Ok(Answer::Done)
    }

    /// Returns the key whose sockets may be closed, None when there was no such leg.
    pub fn delete_leg(&mut self, name: &str, now: Nanos) -> Option<usize> {
        let key = self.leg_keys.get(name).copied()?;
        for recorder in self.legs[key].recorders.clone() {
            let recorder = self.recorders[recorder].name.clone();
            self.stop_recorder(&recorder, now);
        }
        self.end_detectors(key, now);
        if let Some(line) = self.legs[key].fork.take() {
            line.end();
        }
        self.deafen(key, now);
        for hearer in self.legs[key].hearers.clone() {
            self.forget_source(hearer, SourceKey::Leg(key), now);
        }
        for item in [Item::Voice(key), Item::Digits(key)] {
            self.clock.remove(item);
        }
        let statistics = self.final_statistics(key, now);
        self.leg_keys.remove(name);
        let leg = self.legs.remove(key);
        if let Some(ice) = leg.ice() {
            self.forget_agent(ice);
        }
        self.drop_players_of(&leg.group, now);
        self.events.push_back(Event::LegEnded { leg: leg.name, statistics });
        Some(key)
    }

    pub fn get_statistics(&self, name: &str, now: Nanos) -> Result<Answer, Refusal> {
        let key = self.leg_key(name)?;
        Ok(Answer::LegStatistics { leg: name.to_owned(), statistics: self.recent_statistics(key, now) })
    }

    pub fn snapshot(&self, now: Nanos) -> Answer {
        let leg_state = |(_, leg): (usize, &Leg)| LegState {
            leg: leg.name.clone(),
            kind: leg.kind(),
            group: leg.group.clone(),
            local: leg.local.into(),
            hearing: leg.heard.clone(),
            ice_connected: leg.ice().is_some_and(|ice| ice.connected),
            secured: leg.srtp.is_some(),
            ufrag: leg.ice().map_or_else(String::new, |ice| ice.credentials.ufrag.clone()),
            password: leg.ice().map_or_else(String::new, |ice| ice.credentials.password.clone()),
        };
        Answer::Snapshot {
            legs: self.legs.iter().map(leg_state).collect(),
            players: self.players.iter().map(|(_, player)| player.name.clone()).collect(),
            recorders: self.recorder_states(now),
        }
    }
}
