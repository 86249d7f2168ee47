//! The media engine's contact with the world: sockets, threads, files, the clock.

pub mod control;
pub mod journal;
pub mod limits;
pub mod metrics;
pub mod mmsg;
pub mod ports;
pub mod sockets;
pub mod spool;
pub mod time;
pub mod wake;
pub mod worker;
pub mod workers;
pub mod writer;

mod clips;
mod connection;
mod crew;
pub mod forks;
mod kept_events;
pub mod loader;
mod notices;
mod orders;
mod pace;
mod process;
mod recording_content;
mod recording_file;
mod recording_store;

pub use notices::{Notice, NoticeSender, notice_channel};
pub use orders::HealthProbe;
