//! Between 8 and 16 kHz, 20 ms at a time.

#[derive(Debug, Default)]
pub struct Up;
#[derive(Debug, Default)]
pub struct Down;

impl Up {
    pub fn new() -> Option<Self> {
        Some(Self)
    }
    pub fn run(&mut self, narrow: &[i16; 160], wide: &mut [i16; 320]) {
        wide.iter_mut().enumerate().for_each(|(n, sample)| *sample = narrow[n / 2]);
    }
}

impl Down {
    pub fn new() -> Option<Self> {
        Some(Self)
    }
    pub fn run(&mut self, wide: &[i16; 320], narrow: &mut [i16; 160]) {
        narrow.iter_mut().enumerate().for_each(|(n, sample)| *sample = wide[2 * n]);
    }
}
