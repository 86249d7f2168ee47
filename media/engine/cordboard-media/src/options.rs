//! The command line.

use clap::Parser;
use packet_io::limits::{DEFAULT_LIMIT, Limits};
use packet_io::spool::DEFAULT_RESERVE_BYTES;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// More threads than cores of any machine only wait for each other.
const MAX_WORKERS: i64 = 256;

/// The media engine of Cordboard: relays, plays and records RTP, driven by messages on a socket.
#[derive(Debug, Parser)]
#[command(name = "cordboard-media", version)]
pub struct Options {
    /// Unix socket for the controller.
    #[arg(long, value_name = "PATH")]
    pub socket: PathBuf,
    /// TCP address for a controller on another host.
    #[arg(long, value_name = "HOST:PORT", requires = "token_file")]
    pub listen_tcp: Option<SocketAddr>,
    /// File whose first line a TCP controller must say as its token.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Address for RTP legs; once per family.
    #[arg(long, value_name = "IP", required = true)]
    pub rtp_host: Vec<IpAddr>,
    /// Address to announce instead of the bound one (behind NAT); once per family.
    #[arg(long, value_name = "IP")]
    pub announce: Vec<IpAddr>,
    /// Range of UDP ports for RTP legs.
    #[arg(long, value_name = "FIRST-LAST", default_value = "20000-29999", value_parser = parse_range)]
    pub rtp_ports: RangeInclusive<u16>,
    /// Shared UDP port of all webrtc legs; repeatable. Port 0 takes a free one.
    #[arg(long, value_name = "HOST:PORT", required = true)]
    pub webrtc: Vec<SocketAddr>,
    /// Packet threads; one per core by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MAX_WORKERS))]
    pub workers: Option<u16>,
    /// Legs at most; one more is refused by name, as are more of the following.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_LIMIT)]
    pub max_legs: usize,
    #[arg(long, value_name = "N", default_value_t = DEFAULT_LIMIT)]
    pub max_players: usize,
    #[arg(long, value_name = "N", default_value_t = DEFAULT_LIMIT)]
    pub max_recorders: usize,
    #[arg(long, value_name = "N", default_value_t = DEFAULT_LIMIT)]
    pub max_detectors: usize,
    /// Space on the disk of the recordings that is kept for those in progress: with less, new ones are refused.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_RESERVE_BYTES)]
    pub spool_reserve_bytes: u64,
    /// Address for Prometheus text over HTTP.
    #[arg(long, value_name = "HOST:PORT")]
    pub metrics: Option<SocketAddr>,
}

impl Options {
    pub fn workers(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from).min(MAX_WORKERS as usize);
        self.workers.map_or_else(cores, usize::from)
    }

    pub fn limits(&self) -> Limits {
        Limits {
            legs: self.max_legs,
            players: self.max_players,
            recorders: self.max_recorders,
            detectors: self.max_detectors,
        }
    }
}

fn parse_range(text: &str) -> Result<RangeInclusive<u16>, String> {
    let parse = |part: &str| part.trim().parse::<u16>().map_err(|error| format!("{part}: {error}"));
    let (first, last) = text.split_once('-').ok_or("write FIRST-LAST")?;
    let (first, last) = (parse(first)?, parse(last)?);
    if first < 1024 || last <= first {
        return Err("the range lies above 1023 and holds a pair".into());
    }
    Ok(first..=last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_checked() {
        assert_eq!(parse_range("20000-29999"), Ok(20_000..=29_999));
        for wrong in ["20000", "80-90", "30000-20000", "a-b", "20000-70000"] {
            assert!(parse_range(wrong).is_err(), "{wrong}");
        }
    }
}
