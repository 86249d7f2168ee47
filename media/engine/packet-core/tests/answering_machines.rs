//! How often the answering machine detector is right, on greetings spoken by espeak-ng in several languages, voices and
//! speeds, behind background noise and G.711.
//!
//! Few in CI; `CORDBOARD_GREETINGS=all` (make nightly) takes all and prints the figures of docs/media-engine.md.

use control_messages::Answerer;
use packet_core::detect::answerer::{AnswererDetector, Heard};
use packet_core::detect::digits::DigitDetector;
use packet_core::g711::Law;
use std::f64::consts::TAU;
use std::process::Command;

const PEOPLE: &[(&str, &str)] = &[
    ("en-gb", "Hello?"),
    ("en-us", "Hello, who is this?"),
    ("en-us", "Yes, Smith speaking."),
    ("en-gb", "Good morning, Miller."),
    ("en-gb", "Yes?"),
    ("de", "Hallo?"),
    ("de", "Ja, Schmidt am Apparat."),
    ("de", "Guten Tag, Weber."),
    ("fr", "Allô, oui?"),
    ("fr", "Oui, bonjour."),
    ("es", "Diga."),
    ("es", "Hola, buenos días."),
    ("it", "Pronto?"),
    ("nl", "Hallo, met Jansen."),
    ("pl", "Halo, słucham."),
    ("pt-br", "Alô, quem fala?"),
];
const MACHINES: &[(&str, &str)] = &[
    ("en-gb", "Hello, you have reached the voice mail of John Miller. Please leave a message after the tone."),
    ("en-us", "Hi, this is Kate. I can't come to the phone right now, so please leave me a message after the beep."),
    ("en-us", "The person you are calling is not available. Please record your message after the tone."),
    ("en-gb", "Thank you for calling. Our office is closed at the moment. Please call again tomorrow."),
    (
        "de",
        "Guten Tag, Sie sind mit dem Anrufbeantworter von Familie Schmidt verbunden. Bitte sprechen Sie nach dem Ton.",
    ),
    ("de", "Der gewünschte Gesprächspartner ist zur Zeit nicht erreichbar. Bitte hinterlassen Sie eine Nachricht."),
    ("fr", "Bonjour, vous êtes bien sur le répondeur de Marie Dupont. Laissez un message après le bip sonore."),
    ("es", "Hola, este es el contestador de Juan García. Deje su mensaje después de la señal, por favor."),
    ("it", "Risponde la segreteria telefonica della famiglia Rossi. Lasciate un messaggio dopo il segnale acustico."),
    ("nl", "Dit is het antwoordapparaat van de familie Jansen. Spreek uw bericht in na de pieptoon, alstublieft."),
    ("pl", "Dodzwoniłeś się do poczty głosowej. Proszę zostawić wiadomość po sygnale dźwiękowym."),
    ("pt-br", "Você ligou para a caixa postal de Maria da Silva. Deixe a sua mensagem após o sinal."),
];
const VOICES: &[(&str, u32)] = &[("", 160), ("+f3", 145), ("+m3", 175), ("+f5", 190)];
const NOISES_DBOV: &[f64] = &[-70.0, -50.0, -40.0];

/// The limit that the contract promises: a decision within 2 s of the greeting's start.
const LIMIT: u32 = 2000;

struct Greeting {
    machine: bool,
    label: String,
    samples: Vec<f64>,
}

/// 8 kHz samples of one sentence; None without espeak-ng.
fn speak(voice: &str, speed: u32, text: &str) -> Option<Vec<f64>> {
    let output =
        Command::new("espeak-ng").args(["-v", voice, "-s", &speed.to_string(), "--stdout", text]).output().ok()?;
    let wav = output.stdout;
    let samples = wav.get(44..)?.chunks_exact(2).map(|pair| f64::from(i16::from_le_bytes([pair[0], pair[1]])));
    Some(to_8_khz(&samples.collect::<Vec<_>>()))
}

/// 22.05 to 8 kHz by a windowed sinc: good enough to try detectors on.
fn to_8_khz(samples: &[f64]) -> Vec<f64> {
    const STEP: f64 = 22_050.0 / 8000.0;
    let count = (samples.len() as f64 / STEP) as usize;
    let at = |n: usize| {
        let centre = n as f64 * STEP;
        let from = (centre - 24.0).max(0.0) as usize;
        let taps = samples.iter().enumerate().skip(from).take(49);
        let sum: f64 = taps
            .map(|(place, sample)| {
                let x = (place as f64 - centre) / STEP;
                let sinc = if x.abs() < 1e-9 { 1.0 } else { (x * TAU / 2.0).sin() / (x * TAU / 2.0) };
                sample * sinc * (0.5 + 0.5 * (x / 9.0 * TAU / 2.0).cos().clamp(-1.0, 1.0))
            })
            .sum();
        sum / STEP
    };
    (0..count).map(at).collect()
}

/// Noise with more power in the low tones, as rooms have.
fn noise(count: usize, dbov: f64, seed: u64) -> Vec<f64> {
    let mut state = seed | 1;
    let mut low = 0.0;
    let deviation = 32_768.0 * 10f64.powf(dbov / 20.0);
    (0..count)
        .map(|_| {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            let even = (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 52) as f64 - 1.0;
            low += 0.4 * (even - low);
            (0.6 * even + 1.0 * low) * deviation * 1.4
        })
        .collect()
}

/// Some 0.4 s of line, the greeting, then the beep and the recording's silence, or a person who waits.
fn line(speech: &[f64], machine: bool, noise_dbov: f64, seed: u64) -> Vec<f64> {
    let loudest = speech.iter().fold(1.0f64, |most, sample| most.max(sample.abs()));
    let before = 2400 + (seed as usize * 977) % 3200;
    let mut sound = vec![0.0; before];
    sound.extend(speech.iter().map(|sample| sample / loudest * 12_000.0));
    if machine {
        let hertz = [440.0, 800.0, 1000.0, 1400.0, 2000.0][seed as usize % 5];
        sound.extend(vec![0.0; 4800]);
        sound.extend((0..3200).map(|n| 4000.0 * (TAU * hertz * f64::from(n) / 8000.0).sin()));
    }
    sound.extend(vec![0.0; 24_000]);
    let room = noise(sound.len(), noise_dbov, seed);
    for (sample, noise) in sound.iter_mut().zip(room) {
        *sample += noise;
    }
    sound
}

fn greetings(all: bool) -> Vec<Greeting> {
    let mut greetings = Vec::new();
    let sentences = PEOPLE.iter().map(|one| (false, one)).chain(MACHINES.iter().map(|one| (true, one)));
    for (number, (machine, (language, text))) in sentences.enumerate() {
        for (turn, (variant, speed)) in VOICES.iter().enumerate() {
            if !all && turn != number % VOICES.len() {
                continue;
            }
            let Some(speech) = speak(&format!("{language}{variant}"), *speed, text) else { return greetings };
            for (loud, dbov) in NOISES_DBOV.iter().enumerate() {
                if !all && loud != number % NOISES_DBOV.len() {
                    continue;
                }
                let samples = line(&speech, machine, *dbov, (number * 12 + turn * 3 + loud) as u64);
                greetings.push(Greeting {
                    machine,
                    label: format!("{language}{variant} {speed} {dbov} {text}"),
                    samples,
                });
            }
        }
    }
    greetings
}

#[derive(Default)]
struct Score {
    count: u32,
    right: u32,
    wrong_machines: u32,
    wrong_people: u32,
    unknown: u32,
    beeps: u32,
    false_beeps: u32,
    digits: u32,
    slowest: f64,
}

fn listen(greeting: &Greeting, law: Law, score: &mut Score) {
    let samples: Vec<i16> = greeting.samples.iter().map(|sample| law.decode(law.encode(*sample as i16))).collect();
    let mut detector = AnswererDetector::new(LIMIT, 4000);
    let mut digits = DigitDetector::default();
    let (mut found, mut beeped) = (None, false);
    for packet in samples.chunks(160) {
        detector.feed(packet, |heard| match heard {
            Heard::Decided { answerer, seconds, because, confidence } => {
                found = Some((answerer, seconds, because, confidence))
            }
            Heard::Beep { .. } => beeped = true,
        });
        digits.feed(packet, |_| score.digits += 1);
    }
    let (answerer, seconds, because, confidence) = found.expect("a decision");
    score.count += 1;
    score.slowest = score.slowest.max(seconds);
    let right = answerer == if greeting.machine { Answerer::Machine } else { Answerer::Person };
    score.right += u32::from(right);
    score.unknown += u32::from(answerer == Answerer::Unknown);
    score.wrong_people += u32::from(!greeting.machine && !right);
    score.wrong_machines += u32::from(greeting.machine && !right);
    score.beeps += u32::from(greeting.machine && beeped);
    score.false_beeps += u32::from(!greeting.machine && beeped);
    if !right || beeped != greeting.machine {
        println!("{answerer:?} {because} {seconds:.2} s {confidence:.2} beep {beeped}: {}", greeting.label);
    }
}

#[test]
fn people_and_machines_are_told_apart() {
    let all = std::env::var("CORDBOARD_GREETINGS").is_ok_and(|which| which == "all");
    let greetings = greetings(all);
    if greetings.is_empty() {
        println!("SKIPPED people_and_machines_are_told_apart: no espeak-ng here");
        return;
    }
    let mut score = Score::default();
    for (number, greeting) in greetings.iter().enumerate() {
        listen(greeting, [Law::Pcma, Law::Pcmu][number % 2], &mut score);
    }
    let machines = greetings.iter().filter(|greeting| greeting.machine).count() as u32;
    println!(
        "{} greetings, {} right ({:.1} %), {} people and {} machines wrong, {} of them unknown; {} of {machines} beeps, {} false; \
         {} false digits; slowest decision {:.2} s",
        score.count,
        score.right,
        100.0 * f64::from(score.right) / f64::from(score.count),
        score.wrong_people,
        score.wrong_machines,
        score.unknown,
        score.beeps,
        score.false_beeps,
        score.digits,
        score.slowest
    );
    assert!(f64::from(score.right) >= 0.95 * f64::from(score.count));
    assert!(score.slowest <= f64::from(LIMIT) / 1000.0 + 0.001);
    assert!(f64::from(score.beeps) >= 0.98 * f64::from(machines) && score.false_beeps == 0);
    assert_eq!(score.digits, 0);
}
