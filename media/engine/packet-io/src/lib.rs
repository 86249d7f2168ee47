//! The media engine's contact with the world: sockets, threads, files, the clock.

pub mod control;
pub mod journal;
pub mod metrics;
pub mod mmsg;
pub mod sockets;
pub mod time;
pub mod wake;
pub mod worker;

mod clips;
mod connection;
mod kept_events;
mod notices;
mod orders;
mod pace;
pub mod ports;
mod process;
mod recording_content;
mod recording_file;
mod recording_store;
pub mod spool;
pub mod writer;

pub use notices::{Notice, NoticeSender, notice_channel};
pub use orders::{HealthProbe, Order, Worker, WorkerHandle};
