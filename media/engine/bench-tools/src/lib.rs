//! What the benchmark programs share.
#![forbid(unsafe_code)]

pub mod calls;
pub mod controller;
pub mod figures;
pub mod target;
