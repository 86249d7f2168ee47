//! The keys of one leg, and how they are changed while packets are on their way.

use super::{BadKeyLength, Inbound, Outbound, SrtpError};
use crate::replay::WINDOW;
use crate::switchboard::MAX_DATAGRAM;
use control_messages::SrtpKeys;

/// Both directions of one leg. Keys are given whole (`secure_leg`), but a direction whose key is the same goes on
/// untouched: a repeated command must not use a key stream twice, nor let old packets in again.
pub struct Srtp {
    keys: SrtpKeys,
    outbound: Outbound,
    inbound: Inbound,
    /// What opens packets that were on their way when the keys changed, until so many came under the new ones.
    former: Option<Box<(Inbound, u64)>>,
}

impl Srtp {
    pub fn new(keys: &SrtpKeys) -> Result<Self, BadKeyLength> {
        Ok(Self {
            outbound: Outbound::new(keys.profile, &keys.local_key, &keys.local_salt)?,
            inbound: Inbound::new(keys.profile, &keys.remote_key, &keys.remote_salt)?,
            keys: keys.clone(),
            former: None,
        })
    }

    /// Take other keys; nothing is changed when they do not fit the profile.
    pub fn change(&mut self, keys: &SrtpKeys) -> Result<(), BadKeyLength> {
        let old = &self.keys;
        let same_profile = old.profile == keys.profile;
        let keeps_out = same_profile && (&old.local_key, &old.local_salt) == (&keys.local_key, &keys.local_salt);
        let keeps_in = same_profile && (&old.remote_key, &old.remote_salt) == (&keys.remote_key, &keys.remote_salt);
        let outbound = match keeps_out {
            true => None,
            false => Some(self.outbound.with_keys(keys.profile, &keys.local_key, &keys.local_salt)?),
        };
        if !keeps_in {
            let next = self.inbound.with_keys(keys.profile, &keys.remote_key, &keys.remote_salt)?;
            let former = std::mem::replace(&mut self.inbound, next);
            self.former = Some(Box::new((former, WINDOW)));
        }
        if let Some(outbound) = outbound {
            self.outbound = outbound;
        }
        self.keys = keys.clone();
        Ok(())
    }

    pub fn protect_rtp(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        self.outbound.protect_rtp(buffer, length)
    }

    pub fn protect_rtcp(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        self.outbound.protect_rtcp(buffer, length)
    }

    pub fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        if self.former.is_none() {
            return self.inbound.unprotect_rtp(packet);
        }
        self.try_both(packet, Inbound::unprotect_rtp)
    }

    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        if self.former.is_none() {
            return self.inbound.unprotect_rtcp(packet);
        }
        self.try_both(packet, Inbound::unprotect_rtcp)
    }

    fn try_both(
        &mut self,
        packet: &mut [u8],
        open: impl Fn(&mut Inbound, &mut [u8]) -> Result<usize, SrtpError>,
    ) -> Result<usize, SrtpError> {
        let mut copy = [0; MAX_DATAGRAM];
        let copy = copy.get_mut(..packet.len()).ok_or(SrtpError::TooLong)?;
        copy.copy_from_slice(packet);
        let opened = open(&mut self.inbound, packet);
        let Some(former) = self.former.as_mut() else { return opened };
        if opened.is_err() {
            let length = open(&mut former.0, copy)?;
            packet.copy_from_slice(copy);
            return Ok(length);
        }
        former.1 -= 1;
        if former.1 == 0 {
            self.former = None;
        }
        opened
    }
}

#[cfg(test)]
#[path = "keyed_tests.rs"]
mod tests;
