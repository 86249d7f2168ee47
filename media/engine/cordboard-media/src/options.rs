//! The command line.

use clap::Parser;
use packet_io::spool::DEFAULT_RESERVE_BYTES;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

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
    /// Packet threads; this version runs one.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub workers: u16,
    /// Space on the disk of the recordings that is kept for those in progress: with less, new ones are refused.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_RESERVE_BYTES)]
    pub spool_reserve_bytes: u64,
    /// Address for Prometheus text over HTTP.
    #[arg(long, value_name = "HOST:PORT")]
    pub metrics: Option<SocketAddr>,
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
