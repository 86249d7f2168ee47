//! Tables of the Recommendation's clause 6.2.2.

/// Decision levels of the lower band's 6-bit quantizer (Q6), for magnitudes.
pub const DECISION_LEVELS: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339,
    1458, 1612, 1765, 1980, 2195, 2557, 2919,
];

/// The decision level of the higher band's 2-bit quantizer.
pub const HIGHER_DECISION_LEVEL: i32 = 564;

/// Output levels by the lower band's six bits (QQ6). The four first codes do not occur in mode 1.
pub const OUTPUT_6: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576,
    -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040,
    -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
    4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];

/// Output levels by the lower band's four upper bits (QQ4), from which predictor and scale adapt.
pub const OUTPUT_4: [i32; 16] =
    [0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0];

/// Output levels by the higher band's two bits (QQ2).
pub const OUTPUT_2: [i32; 4] = [-7408, -1616, 7408, 1616];

/// What a code adds to the logarithm of the scale: WL by RL4, for the lower band's four upper bits.
pub const LOWER_SCALE_STEPS: [i32; 16] =
    [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];

/// WH by RH2, for the higher band's two bits.
pub const HIGHER_SCALE_STEPS: [i32; 4] = [798, -214, 798, -214];

/// The inverse of the logarithm, in 1/2048 (ILB).
pub const INVERSE_LOGARITHM: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025,
    3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];
