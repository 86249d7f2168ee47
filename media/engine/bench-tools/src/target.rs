//! The process under load: the engine, the bare forwarder or rtpengine, started for the run.

use crate::rtpengine::Rtpengine;
use rustix::thread::{CpuSet, sched_setaffinity};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const START_WAIT: Duration = Duration::from_secs(10);
const PING_WAIT: Duration = Duration::from_millis(100);
/// What the engine and the forwarder ask for too.
const PRIORITY: &str = "-15";

/// The ports of one call's two sides.
pub type PortPair = [u16; 2];

pub struct Target {
    child: Child,
}

impl Target {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Start a bare forwarder; returns the two ports of each call.
    pub fn forwarder(binary: &Path, calls: usize) -> Result<(Self, Vec<PortPair>), Box<dyn Error>> {
        let mut child = Command::new(binary).args(["--calls", &calls.to_string()]).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let described: serde_json::Value = serde_json::from_str(&line)?;
        let ports = serde_json::from_value(described["ports"].clone())?;
        Ok((Self { child }, ports))
    }

    /// Start an engine; returns the path of its socket.
    pub fn engine(
        binary: &Path,
        folder: &Path,
        ports: &str,
        more: &[String],
    ) -> Result<(Self, PathBuf), Box<dyn Error>> {
        let socket = folder.join("engine.sock");
        let child = Command::new(binary)
            .arg("--socket")
            .arg(&socket)
            .args(["--rtp-host", "127.0.0.1", "--rtp-ports", ports, "--webrtc", "127.0.0.1:0", "--workers", "1"])
            .args(more)
            .stderr(Stdio::null())
            .spawn()?;
        let target = Self { child };
        wait_until("the engine", || std::os::unix::net::UnixStream::connect(&socket).is_ok())?;
        Ok((target, socket))
    }

    /// Start an rtpengine without its kernel module and with one thread for packets.
    pub fn rtpengine(binary: &Path, folder: &Path, ports: &str) -> Result<(Self, Rtpengine), Box<dyn Error>> {
        // Nobody else takes a port that was just free.
        let control = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let (first, last) = ports.split_once('-').ok_or("ports are FIRST-LAST")?;
        let child = Command::new(binary)
            .args(["--config-file=none", "--table=-1", "--num-threads=1", "--interface=127.0.0.1", "--foreground"])
            .args(["--log-stderr", "--log-level=3", "--recording-method=pcap", "--recording-format=raw"])
            .args(["--scheduling=default", "--priority", PRIORITY, "--port-min", first, "--port-max", last])
            .arg(format!("--listen-ng={control}"))
            .arg(format!("--recording-dir={}", folder.display()))
            .stderr(Stdio::null())
            .spawn()?;
        let target = Self { child };
        let mut rtpengine = Rtpengine::new(control)?;
        wait_until("rtpengine", || rtpengine.answers(PING_WAIT))?;
        Ok((target, rtpengine))
    }
}

fn wait_until(what: &str, mut ready: impl FnMut() -> bool) -> Result<(), Box<dyn Error>> {
    let end = Instant::now() + START_WAIT;
    while !ready() {
        if Instant::now() > end {
            return Err(format!("{what} did not start").into());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder of our own, gone with us.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Remove the files with this ending.
    pub fn clear(&self, ending: &str) -> std::io::Result<()> {
        for entry in std::fs::read_dir(&self.0)? {
            let path = entry?.path();
            if path.extension().is_some_and(|found| found == ending) {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A thousand calls take four sockets each; the target inherits what we may have.
pub fn allow_many_sockets() {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    // Refused only where it is as high as it gets.
    let _ = rustix::process::setrlimit(
        rustix::process::Resource::Nofile,
        rustix::process::Rlimit { current: limit.maximum, maximum: limit.maximum },
    );
}

/// Run this thread, and what it starts from now on, on one processor.
pub fn pin(processor: usize) {
    let mut set = CpuSet::new();
    set.set(processor);
    // A container may forbid it; the figures are then noisier.
    let _ = sched_setaffinity(None, &set);
}
