//! The real binary, its real sockets on loopback, real time.

mod bench;
mod browser;
mod control;
mod kills;
mod media;
mod opus;
mod players;
mod process;
mod recordings;
mod robots;
mod workers;
