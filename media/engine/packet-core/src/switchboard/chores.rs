//! What is due about once a second and leg, done in slices so that it never falls on one instant.

use super::Switchboard;
use super::ice::CONSENT;
use super::outbox::Outbox;
use crate::{MILLISECOND, Nanos, SECOND};
use control_messages::{Event, LegKind};

/// Each leg is visited once in 20 slices of 50 ms, each recorder once in 4.
const SLICES: usize = 20;
const SLICE: Nanos = 50 * MILLISECOND;
const RECORDER_SLICES: usize = 4;
/// Nothing heard for so long is worth an event.
const SILENCE: Nanos = 5 * SECOND;
const STATISTICS_VISITS: u32 = 5;

impl Switchboard {
    pub(super) fn need_chores(&mut self, now: Nanos) {
        self.next_chores.get_or_insert(now + SLICE);
    }

    pub(super) fn run_chores(&mut self, now: Nanos, out: &mut Outbox) {
        if self.next_chores.is_none_or(|at| at > now) {
            return;
        }
        if self.legs.is_empty() && self.recorders.is_empty() {
            self.next_chores = None;
            return;
        }
        self.next_chores = Some(now + SLICE);
        let slice = self.chore_slice;
        self.chore_slice = (slice + 1) % SLICES;
        self.run_detectors(now);
        self.flush_recorders(slice % RECORDER_SLICES, RECORDER_SLICES, now);
        for key in (slice..self.legs.capacity()).step_by(SLICES) {
            if self.legs.contains(key) {
                self.visit(key, now, out);
            }
        }
    }

    fn visit(&mut self, key: usize, now: Nanos, out: &mut Outbox) {
        self.report(key, now, out);
        self.watch_silence(key, now);
        self.watch_consent(key, now);
        self.note_detecting(key);
        if let Some(digit) = self.legs[key].digits_in.expire(now) {
            self.tell_digit(key, digit);
        }
        let leg = &mut self.legs[key];
        leg.rest_mix();
        leg.reports.visits += 1;
        if leg.reports.visits.is_multiple_of(STATISTICS_VISITS) {
            self.tell_statistics(key, now);
        }
    }

    fn tell_statistics(&mut self, key: usize, now: Nanos) {
        let leg = &self.legs[key];
        let traffic = leg.reception.figures.packets + leg.stream.packets;
        if traffic == leg.reports.traffic_at_last_event {
            return;
        }
        let statistics = self.recent_statistics(key, now);
        self.mark_statistics(key, statistics.mos);
        let leg = &mut self.legs[key];
        leg.reports.traffic_at_last_event = traffic;
        self.events.push_back(Event::LegStatistics { leg: leg.name.clone(), statistics });
    }

    fn watch_silence(&mut self, key: usize, now: Nanos) {
        let leg = &mut self.legs[key];
        // A browser that nobody listens to has its sender switched off: that is no fault.
        let expected = leg.direction.receives() && (leg.kind() == LegKind::Rtp || !leg.hearers.is_empty());
        if !expected {
            leg.expected_since = None;
            return;
        }
        let since = *leg.expected_since.get_or_insert(now);
        let silent = now.saturating_sub(leg.reception.figures.last_at.unwrap_or(now).max(since));
        if leg.receiving && silent > SILENCE {
            leg.receiving = false;
            let seconds = silent as f64 / SECOND as f64;
            self.events.push_back(Event::RtpStopped { leg: leg.name.clone(), seconds });
        }
    }

    fn watch_consent(&mut self, key: usize, now: Nanos) {
        let leg = &mut self.legs[key];
        let name = &leg.name;
        let Some(ice) = (match &mut leg.transport {
            super::leg::Transport::Webrtc(ice) => Some(ice),
            super::leg::Transport::Rtp { .. } => None,
        }) else {
            return;
        };
        ice.dtls_in_second = 0;
        if ice.connected && now.saturating_sub(ice.checked_at) > CONSENT {
            ice.connected = false;
            self.events.push_back(Event::IceLost { leg: name.clone() });
        }
    }
}
