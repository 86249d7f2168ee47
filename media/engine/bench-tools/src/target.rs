//! The process under load: the engine or the bare forwarder, started for the run.

use rustix::thread::{CpuSet, sched_setaffinity};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const START_WAIT: Duration = Duration::from_secs(10);

/// The ports of one call's two sides.
pub type PortPair = [u16; 2];

pub struct Target {
    child: Child,
    folder: Option<PathBuf>,
}

impl Target {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Start a bare forwarder; returns the two ports of each call.
    pub fn bare(binary: &Path, calls: usize) -> Result<(Self, Vec<PortPair>), Box<dyn Error>> {
        let mut child = Command::new(binary).args(["--calls", &calls.to_string()]).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let described: serde_json::Value = serde_json::from_str(&line)?;
        let ports = serde_json::from_value(described["ports"].clone())?;
        Ok((Self { child, folder: None }, ports))
    }

    /// Start an engine; returns the path of its socket.
    pub fn engine(binary: &Path, ports: &str) -> Result<(Self, PathBuf), Box<dyn Error>> {
        let folder = std::env::temp_dir().join(format!("rtp-load-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let socket = folder.join("engine.sock");
        let child = Command::new(binary)
            .arg("--socket")
            .arg(&socket)
            .args(["--rtp-host", "127.0.0.1", "--rtp-ports", ports, "--webrtc", "127.0.0.1:0"])
            .stderr(Stdio::null())
            .spawn()?;
        let target = Self { child, folder: Some(folder) };
        let end = Instant::now() + START_WAIT;
        while std::os::unix::net::UnixStream::connect(&socket).is_err() {
            if Instant::now() > end {
                return Err("the engine did not start".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok((target, socket))
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Run this thread, and what it starts from now on, on one processor.
pub fn pin(processor: usize) {
    let mut set = CpuSet::new();
    set.set(processor);
    // A container may forbid it; the figures are then noisier.
    let _ = sched_setaffinity(None, &set);
}
