//! What the benchmark programs share.
#![forbid(unsafe_code)]

pub mod bencode;
pub mod calls;
pub mod controller;
pub mod figures;
pub mod load;
pub mod rtpengine;
pub mod sockets;
pub mod stream;
pub mod target;
