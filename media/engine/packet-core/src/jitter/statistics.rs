//! What became of a line's packets and time.

/// Counted from the creation of the buffer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Sound made up in place of lost or late packets.
    pub concealed_us: i64,
    /// Lost sound that the packet behind it brought along (in-band FEC).
    pub recovered_us: i64,
    /// Time taken out to make the delay smaller: by whole periods, and by leaving packets out when there was far too much.
    pub shrunk_us: i64,
    pub skipped_us: i64,
    /// Time put in to make the delay longer.
    pub stretched_us: i64,
    pub duplicates: u64,
    /// Their turn was over.
    pub late: u64,
    /// They had to make room.
    pub pushed_out: u64,
    /// Empty or larger than [`MAX_PAYLOAD`](super::MAX_PAYLOAD).
    pub refused: u64,
}
