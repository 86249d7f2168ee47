//! The real binary, its real sockets on loopback, real time.

mod bench;
mod control;
mod kills;
mod media;
mod opus;
mod recordings;
