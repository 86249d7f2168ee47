//! The real binary, its real sockets on loopback, real time.

mod bench;
mod control;
mod media;
mod recordings;
