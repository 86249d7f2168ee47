//! What this process costs.

const CLOCK_TICKS_PER_SECOND: f64 = 100.0; // USER_HZ, fixed in the kernel's interface
const PAGE_BYTES: u64 = 4096;

/// CPU seconds (user and system) and resident bytes.
pub fn usage() -> (f64, u64) {
    let cpu = std::fs::read_to_string("/proc/self/stat").ok().and_then(|stat| {
        // The name in parentheses may hold blanks; utime and stime are fields 14 and 15, so 12 and 13 after it.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
        Some(ticks as f64 / CLOCK_TICKS_PER_SECOND)
    });
    let resident = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|statm| statm.split_whitespace().nth(1)?.parse::<u64>().ok());
    (cpu.unwrap_or(0.0), resident.unwrap_or(0) * PAGE_BYTES)
}
