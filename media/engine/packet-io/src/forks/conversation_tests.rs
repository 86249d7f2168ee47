use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use control_messages::Address;
use serde_json::Value;

fn fork() -> Fork {
    Fork {
        leg: "caller".into(),
        url: "wss://robot.example/talk".into(),
        addresses: vec![Address { host: "192.0.2.1".into(), port: 443 }],
        account: "AC1".into(),
        call: "CA1".into(),
        stream: "MZ1".into(),
        authorization: String::new(),
        parameters: vec![Parameter { name: "language".into(), value: "en".into() }],
    }
}

struct Bench {
    conversation: Conversation,
    line: Arc<ForkLine>,
}

impl Bench {
    fn new() -> Self {
        let line = Arc::new(ForkLine::default());
        Self { conversation: Conversation::new(&fork(), line.clone()), line }
    }

    fn told(&mut self) -> Vec<Value> {
        let mut found = Vec::new();
        while let Some(message) = self.conversation.next_message() {
            found.push(serde_json::from_str(&message).expect("JSON"));
        }
        found
    }

    fn say(&mut self, bytes: usize) -> Result<(), Failure> {
        let payload = BASE64.encode(vec![0x33; bytes]);
        self.conversation.receive(&format!(r#"{{"event":"media","media":{{"payload":"{payload}"}}}}"#))
    }

    fn mark(&mut self, name: &str) {
        let text = format!(r#"{{"event":"mark","mark":{{"name":"{name}"}}}}"#);
        self.conversation.receive(&text).expect("a mark");
    }

    fn marks(&mut self) -> Vec<String> {
        let told = self.told();
        told.iter().filter_map(|one| one["mark"]["name"].as_str()).map(String::from).collect()
    }
}

#[test]
fn a_robot_is_told_as_by_twilio() {
    let mut bench = Bench::new();
    bench.line.say([1; FRAME_BYTES]);
    bench.conversation.begin();
    bench.line.say([0x7f; FRAME_BYTES]);
    bench.line.say([0x7e; FRAME_BYTES]);
    bench.line.press('5');
    bench.conversation.tick();
    let told = bench.told();
    let events: Vec<&str> = told.iter().filter_map(|one| one["event"].as_str()).collect();
    assert_eq!(events, ["connected", "start", "dtmf", "media", "media"], "what was said before the start is gone");
    let start = &told[1]["start"];
    assert_eq!((&told[0]["protocol"], &told[0]["version"]), (&"Call".into(), &"1.0.0".into()));
    assert_eq!((&told[1]["streamSid"], &told[1]["sequenceNumber"]), (&"MZ1".into(), &"1".into()));
    assert_eq!((&start["callSid"], &start["accountSid"]), (&"CA1".into(), &"AC1".into()));
    assert_eq!(start["customParameters"]["language"], "en");
    let format = serde_json::json!({"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1});
    assert_eq!((&start["mediaFormat"], &start["tracks"]), (&format, &serde_json::json!(["inbound"])));
    assert_eq!(told[2]["dtmf"]["digit"], "5");
    let media = &told[4]["media"];
    assert_eq!([&media["track"], &media["chunk"], &media["timestamp"]], ["inbound", "2", "20"]);
    assert_eq!(BASE64.decode(media["payload"].as_str().expect("text")), Ok(vec![0x7e; FRAME_BYTES]));
    let stop: Value = serde_json::from_str(&bench.conversation.stop()).expect("JSON");
    assert_eq!((&stop["event"], &stop["sequenceNumber"]), (&"stop".into(), &"5".into()));
}

#[test]
fn sound_waits_for_a_cushion_and_a_short_one_comes_alone() {
    let mut bench = Bench::new();
    bench.say(FRAME_BYTES).expect("sound");
    bench.conversation.tick();
    assert_eq!(bench.line.unplayed(), 0);
    bench.say(2 * FRAME_BYTES).expect("sound");
    bench.conversation.tick();
    assert_eq!(bench.line.unplayed(), 3);
    while bench.line.play().is_some() {}
    bench.conversation.tick();
    bench.say(100).expect("sound");
    for _ in 0..CUSHION_TICKS {
        bench.conversation.tick();
        assert_eq!(bench.line.unplayed(), 0);
    }
    bench.conversation.tick();
    let frame = bench.line.play().expect("a frame");
    assert_eq!((frame[99], frame[100]), (0x33, Law::Pcmu.silence()));
}

#[test]
fn more_than_200_ms_wait_here_and_a_mark_is_told_once_all_before_it_was_played() {
    let mut bench = Bench::new();
    bench.say(15 * FRAME_BYTES).expect("sound");
    bench.mark("hello");
    bench.say(FRAME_BYTES).expect("sound");
    bench.mark("more");
    for played in 0..16 {
        bench.conversation.tick();
        assert_eq!(bench.marks(), if played == 15 { vec!["hello"] } else { Vec::new() }, "{played} played");
        assert!(bench.line.play().is_some());
    }
    bench.conversation.tick();
    assert_eq!(bench.marks(), ["more"]);
    bench.mark("at once");
    bench.conversation.tick();
    assert_eq!(bench.marks(), ["at once"]);
}

#[test]
fn clear_takes_back_what_was_not_played_and_tells_the_marks() {
    let mut bench = Bench::new();
    bench.say(50 * FRAME_BYTES).expect("sound");
    bench.mark("never");
    bench.conversation.tick();
    assert!(bench.line.play().is_some());
    bench.conversation.receive(r#"{"event":"clear","streamSid":"MZ1"}"#).expect("clear");
    assert_eq!((bench.marks(), bench.line.play()), (vec!["never".to_owned()], None));
    bench.say(3 * FRAME_BYTES).expect("sound");
    bench.mark("then");
    bench.conversation.tick();
    assert_eq!(bench.line.unplayed(), 3);
    while bench.line.play().is_some() {}
    bench.conversation.tick();
    assert_eq!(bench.marks(), ["then"]);
}

#[test]
fn five_minutes_may_be_sent_ahead_and_no_more() {
    let mut bench = Bench::new();
    for _ in 0..5 {
        bench.say(60 * 8000).expect("a minute");
    }
    assert_eq!(bench.say(1).expect_err("too much").reason, ForkEnd::Overflow);
    for n in 0..MAX_MARKS {
        bench.mark(&n.to_string());
    }
    let more = bench.conversation.receive(r#"{"event":"mark","mark":{"name":"x"}}"#);
    assert_eq!(more.expect_err("too many").reason, ForkEnd::Overflow);
}

#[test]
fn a_result_is_kept_until_the_end() {
    let mut bench = Bench::new();
    assert!(!bench.conversation.has_result());
    bench.conversation.receive(r#"{"event":"result","outcome":"sales"}"#).expect("a result");
    assert_eq!(bench.conversation.take_result(), Some(("sales".into(), Vec::new())));
}
