//! RTCP of a leg, and the figures drawn from both sides' reports.

use super::Switchboard;
use super::leg::{Leg, Transport};
use super::outbox::Outbox;
use crate::rtcp::{self, Item, MAX_REPORT_BYTES, Report, ReportBlock, SenderInfo, ntp_middle, ntp_time};
use crate::srtp::MAX_OVERHEAD;
use crate::{Nanos, SECOND, quality};
use control_messages::{LegKind, Statistics};
use std::net::SocketAddr;

/// RFC 3550 6.2: 5 s, spread over half to one and a half of it, divided by e - 3/2.
const REPORT_INTERVAL: f64 = 5.0e9;
const SPREAD_CORRECTION: f64 = 1.218_28;

impl Leg {
    /// Loss and jitter of the time since the older mark, as a mean opinion score.
    fn recent_mos(&self, since: (u64, u64)) -> Option<f64> {
        let expected = self.reception.expected().saturating_sub(since.0);
        if expected == 0 {
            return self.reports.mos;
        }
        let lost = self.reception.lost().saturating_sub(since.1);
        let (codec, _) = self.sent_codec(); // both ways are the same codec, or as good
        Some(quality::mos(codec, lost as f64 / expected as f64, self.reception.jitter_ms(), self.reports.round_trip_ms))
    }

    /// The far end's view of what we send, by its last report.
    fn remote_mos(&self) -> Option<f64> {
        let reports = &self.reports;
        let jitter = reports.remote_jitter_ms?;
        Some(quality::mos(self.sent_codec().0, reports.remote_lost_fraction?, jitter, reports.round_trip_ms))
    }

    fn statistics(&self, mos: Option<f64>, unix_epoch: u64) -> Statistics {
        let figures = self.reception.figures;
        let (lost_bursts, longest_burst) = self.reception.lost_bursts();
        let unix = |at: Nanos| (unix_epoch + at) as f64 / SECOND as f64;
        Statistics {
            packets_received: figures.packets,
            packets_sent: self.stream.packets,
            bytes_received: figures.bytes,
            bytes_sent: self.stream.payload_bytes,
            lost: self.reception.lost(),
            lost_bursts,
            longest_burst,
            out_of_order: figures.out_of_order,
            discarded: self.discarded,
            jitter_ms: self.reception.jitter_ms(),
            round_trip_ms: self.reports.round_trip_ms,
            remote_lost_fraction: self.reports.remote_lost_fraction,
            remote_jitter_ms: self.reports.remote_jitter_ms,
            remote_mos: self.remote_mos(),
            concealed_ms: self.concealed_ms(),
            buffer_ms: self.buffer_ms(),
            mos,
            first_received_at: figures.first_at.map(unix),
            last_received_at: figures.last_at.map(unix),
        }
    }

    /// True when the far end was heard for a second at least.
    fn has_history(&self, now: Nanos) -> bool {
        self.reception.figures.first_at.is_some_and(|at| now.saturating_sub(at) >= SECOND)
    }

    fn read_item(&mut self, item: Item, now: Nanos, unix_nanos: u64) {
        match item {
            Item::SenderReport { ntp, ssrc } => {
                self.reports.sender_report_from = ssrc;
                self.reports.last_sender_report = ntp_middle(ntp);
                self.reports.sender_report_at = now;
            }
            Item::Block(block) if block.ssrc == self.stream.ssrc => {
                let arrived = ntp_middle(ntp_time(unix_nanos));
                self.reports.round_trip_ms = rtcp::round_trip_ms(&block, arrived).or(self.reports.round_trip_ms);
                self.reports.remote_lost_fraction = Some(f64::from(block.fraction_lost) / 256.0);
                let (_, clock_rate) = self.sent_codec();
                self.reports.remote_jitter_ms = Some(f64::from(block.jitter) * 1000.0 / f64::from(clock_rate));
            }
            // Only signalling ends a leg, and silence is told after its 5 s: a BYE on plain RTP is anybody's word.
            Item::Goodbye { ssrc } => self.reports.left = Some((ssrc, now)),
            Item::Block(_) => {}
        }
    }

    fn report_block(&mut self, now: Nanos) -> Option<ReportBlock> {
        let ssrc = self.reception.ssrc()?;
        let heard_at = self.reception.figures.last_at?;
        if self.reports.left.is_some_and(|(left, at)| left == ssrc && at >= heard_at) {
            return None;
        }
        let loss = self.reception.report()?;
        let reports = &self.reports;
        let heard = reports.last_sender_report != 0 && reports.sender_report_from == ssrc;
        let delay = if heard { now.saturating_sub(reports.sender_report_at) } else { 0 };
        Some(ReportBlock {
            ssrc,
            fraction_lost: loss.fraction,
            cumulative_lost: loss.cumulative,
            highest: loss.highest,
            jitter: self.reception.jitter(),
            last_report: if heard { reports.last_sender_report } else { 0 },
            delay: (u128::from(delay) * 65_536 / u128::from(SECOND)) as u32,
        })
    }

    /// Write the report that is due; None when there is nothing to say or nobody to say it to.
    fn write_report(&mut self, key: usize, now: Nanos, unix_nanos: u64, out: &mut Outbox) -> Option<()> {
        let (port, to) = self.rtcp_target(key)?;
        let (sent, received) = (self.stream.packets, self.reception.figures.packets);
        let sends = sent != self.reports.sent_at_last_report;
        let receives = received != self.reports.received_at_last_report;
        if self.kind() == LegKind::Webrtc && !sends && !receives {
            return None; // an idle browser leg costs nothing
        }
        (self.reports.sent_at_last_report, self.reports.received_at_last_report) = (sent, received);
        let block = if receives { self.report_block(now) } else { None };
        let sender = sends.then(|| self.sender_info(now, unix_nanos));
        let report = Report { ssrc: self.stream.ssrc, sender, block, cname: &self.reports.cname };
        let buffer = &mut out.slot()[..MAX_REPORT_BYTES + MAX_OVERHEAD];
        let mut length = report.write(buffer);
        if let Some(srtp) = self.srtp.as_mut() {
            length = srtp.protect_rtcp(buffer, length)?;
        }
        out.commit(port, to, length);
        Some(())
    }

    fn sender_info(&self, now: Nanos, unix_nanos: u64) -> SenderInfo {
        SenderInfo {
            ntp: ntp_time(unix_nanos),
            rtp_time: self.stream.rtp_time(now),
            packets: self.stream.packets as u32,
            octets: self.stream.payload_bytes as u32,
        }
    }

    /// Tell the far end that we leave; nothing to one that was never sent anything (RFC 3550 6.3.7).
    fn write_goodbye(&mut self, key: usize, now: Nanos, unix_nanos: u64, out: &mut Outbox) -> Option<()> {
        let (port, to) = self.rtcp_target(key).filter(|_| self.stream.packets > 0)?;
        let sender = Some(self.sender_info(now, unix_nanos));
        let report = Report { ssrc: self.stream.ssrc, sender, block: None, cname: &self.reports.cname };
        let buffer = &mut out.slot()[..MAX_REPORT_BYTES + MAX_OVERHEAD];
        let mut length = report.write_goodbye(buffer);
        if let Some(srtp) = self.srtp.as_mut() {
            length = srtp.protect_rtcp(buffer, length)?;
        }
        out.commit(port, to, length);
        Some(())
    }
}

impl Switchboard {
    /// The last words on a leg that is about to be deleted (RFC 3550 6.6).
    pub fn say_goodbye(&mut self, name: &str, now: Nanos, out: &mut Outbox) {
        let unix_nanos = self.unix_nanos(now);
        let Some(key) = self.leg_keys.get(name).copied() else { return };
        self.legs[key].write_goodbye(key, now, unix_nanos, out);
    }

    pub(super) fn receive_rtcp(&mut self, key: usize, datagram: &mut [u8], source: SocketAddr, now: Nanos) {
        let unix_nanos = self.unix_nanos(now);
        let Some(leg) = self.legs.get_mut(key) else { return };
        let mut length = datagram.len();
        let known = match &leg.transport {
            Transport::Rtp { rtp, rtcp_mux: true, .. } => !rtp.refuses(source),
            Transport::Rtp { rtcp, .. } => !rtcp.refuses(source),
            Transport::Webrtc(_) => leg.srtp.is_some(),
        };
        if !known {
            self.counters.strangers += 1;
            leg.discarded += 1;
            return;
        }
        if let Some(srtp) = leg.srtp.as_mut() {
            match srtp.unprotect_rtcp(datagram) {
                Ok(plain) => length = plain,
                Err(error) => {
                    self.counters.note_refusal(error);
                    leg.discarded += 1;
                    return;
                }
            }
        }
        if !rtcp::read(&datagram[..length], |item| leg.read_item(item, now, unix_nanos)) {
            self.counters.malformed += 1;
            return;
        }
        if let Transport::Rtp { rtcp, rtcp_mux: false, .. } = &mut leg.transport {
            rtcp.learn(source);
        }
    }

    /// Send the report of one leg when it is due.
    pub(super) fn report(&mut self, key: usize, now: Nanos, out: &mut Outbox) {
        let unix_nanos = self.unix_nanos(now);
        let wait = REPORT_INTERVAL * (0.5 + self.spread.unit()) / SPREAD_CORRECTION;
        let leg = &mut self.legs[key];
        if leg.reports.next_at == 0 {
            leg.reports.next_at = now + wait as Nanos / 2; // the first one after half the time (RFC 3550 6.2)
        } else if now >= leg.reports.next_at {
            leg.reports.next_at = now + wait as Nanos;
            leg.write_report(key, now, unix_nanos, out);
        }
    }

    /// The figures now; the score is of the last seconds (10 at most).
    pub(super) fn recent_statistics(&self, key: usize, now: Nanos) -> Statistics {
        let leg = &self.legs[key];
        let mos = if leg.has_history(now) { leg.recent_mos(leg.reports.marks[0]) } else { None };
        leg.statistics(mos, self.unix_epoch)
    }

    /// The figures of the whole life, with its score.
    pub(super) fn final_statistics(&self, key: usize, now: Nanos) -> Statistics {
        let leg = &self.legs[key];
        let mos = if leg.has_history(now) { leg.recent_mos((0, 0)) } else { None };
        leg.statistics(mos, self.unix_epoch)
    }

    /// Begin a new span for the recent score.
    pub(super) fn mark_statistics(&mut self, key: usize, mos: Option<f64>) {
        let leg = &mut self.legs[key];
        leg.reports.mos = mos;
        leg.reports.marks = [leg.reports.marks[1], (leg.reception.expected(), leg.reception.lost())];
    }
}
