use super::Line;
use crate::MILLISECOND;
use crate::codec::Decoder;
use crate::emulator::{Conditions, Loss};
use control_messages::Codec;

const CODECS: [Codec; 3] = [Codec::Pcma, Codec::G722, Codec::Opus];

fn lines() -> Vec<(&'static str, Conditions, i32)> {
    let clean = Conditions::default();
    let loss = |share| Conditions { loss: Loss::Random(share), ..clean };
    let bursts = Loss::Bursts { begin: 0.015, end: 0.4, share: 1.0 };
    vec![
        ("clean", clean, 0),
        ("loss 1 %", loss(0.01), 0),
        ("loss 5 %", loss(0.05), 0),
        ("loss 10 %", loss(0.10), 0),
        ("bursts", Conditions { loss: bursts, ..clean }, 0),
        ("jitter 40 ms", Conditions { jitter: 40 * MILLISECOND, ..clean }, 0),
        ("jitter 80 ms", Conditions { jitter: 80 * MILLISECOND, doubled: 0.05, ..clean }, 0),
        ("drift +200 ppm", clean, 200),
        ("drift -200 ppm", clean, -200),
    ]
}

#[test]
fn figures() {
    for codec in CODECS {
        if Decoder::new(codec).is_none() {
            continue;
        }
        for (name, conditions, ppm) in lines() {
            let seconds = if ppm == 0 { 20 } else { 300 };
            let began = std::time::Instant::now();
            let heard = Line { codec, packet_ms: 20, conditions, ppm, seconds, seed: 3 }.run();
            let ran = began.elapsed();
            let quality = heard.quality(if ppm == 0 { 1 } else { 10 });
            println!(
                "{codec:?} {name}: {quality:.3?} concealed {:.2} % delay {} end {} most waiting {}\n   {:?} {ran:?} {:?}",
                heard.concealed(),
                heard.most_delay_ms(),
                heard.delays_ms.last().unwrap(),
                heard.most_waiting,
                heard.statistics,
                began.elapsed(),
            );
        }
    }
}
