//! What is different in the two sub-bands: codes, levels, and how the scale follows them.

use super::tables::{
    DECISION_LEVELS, HIGHER_DECISION_LEVEL, HIGHER_SCALE_STEPS, LOWER_SCALE_STEPS, OUTPUT_2, OUTPUT_4, OUTPUT_6,
};

/// One sub-band's quantizer, by tables.
#[derive(Debug)]
pub struct Quantizer {
    /// The code of a difference at a scale (QUANTL, QUANTH).
    pub code: fn(difference: i32, scale: i32) -> u8,
    /// Levels by the whole code, for the output.
    pub fine: &'static [i32],
    /// Levels by the code without its `dropped` lowest bits, for adaptation: a decoder that was robbed of these bits
    /// (modes 2 and 3) adapts alike.
    pub coarse: &'static [i32],
    pub dropped: u32,
    pub scale_steps: &'static [i32],
    /// Upper limit of the scale's logarithm, and the shift of its inverse.
    pub largest_logarithm: i32,
    pub shift: i32,
    pub first_scale: i32,
}

pub const LOWER: Quantizer = Quantizer {
    code: lower_code,
    fine: &OUTPUT_6,
    coarse: &OUTPUT_4,
    dropped: 2,
    scale_steps: &LOWER_SCALE_STEPS,
    largest_logarithm: 18_432,
    shift: 8,
    first_scale: 32,
};

pub const HIGHER: Quantizer = Quantizer {
    code: higher_code,
    fine: &OUTPUT_2,
    coarse: &OUTPUT_2,
    dropped: 0,
    scale_steps: &HIGHER_SCALE_STEPS,
    largest_logarithm: 22_528,
    shift: 10,
    first_scale: 8,
};

/// One's complement on the negative side, as the Recommendation has it.
fn magnitude(difference: i32) -> i32 {
    if difference < 0 { !difference } else { difference }
}

fn lower_code(difference: i32, scale: i32) -> u8 {
    let magnitude = magnitude(difference);
    let interval = DECISION_LEVELS.partition_point(|level| (level * scale) >> 12 <= magnitude) as u8;
    match (difference < 0, interval) {
        (false, _) => 61 - interval,
        (true, 0 | 1) => 63 - interval,
        (true, _) => 33 - interval,
    }
}

fn higher_code(difference: i32, scale: i32) -> u8 {
    let outer = magnitude(difference) >= (HIGHER_DECISION_LEVEL * scale) >> 12;
    match (difference < 0, outer) {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => 2,
        (false, false) => 3,
    }
}
