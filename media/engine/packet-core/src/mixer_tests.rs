use super::*;

#[test]
fn sums_and_differences_are_exact() {
    let mut sum = Sum::new(Band::Narrow);
    (0..32).for_each(|_| sum.add(&[i16::MIN; 160]));
    (0..31).for_each(|_| sum.subtract(&[i16::MIN; 160]));
    assert!(sum.samples().iter().all(|sample| *sample == i32::from(i16::MIN)));
}
