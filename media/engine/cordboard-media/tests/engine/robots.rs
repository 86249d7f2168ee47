use crate::bench::{Engine, Phone, event, hears, player};
use bench_tools::controller::Controller;
use control_messages::{Address, Codec, Command, Event, Fork, ForkEnd, Parameter, Play, RefusalCode};
use packet_core::g711::Law;
use serde_json::{Value, json};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::{Message, WebSocket, accept_hdr};

/// A robot's side of one call.
struct Talk {
    socket: WebSocket<TcpStream>,
    authorization: String,
}

impl Talk {
    fn next(&mut self) -> Option<Value> {
        loop {
            match self.socket.read().ok()? {
                Message::Text(text) => return Some(serde_json::from_str(&text).expect("JSON")),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    fn until(&mut self, event: &str) -> Value {
        loop {
            let told = self.next().expect("the connection goes on");
            if told["event"] == event {
                return told;
            }
        }
    }

    fn send(&mut self, message: Value) {
        self.socket.send(Message::text(message.to_string())).expect("sent");
    }
}

/// Waits for one call and plays `part` in it.
#[expect(clippy::result_large_err, reason = "the type of tungstenite's call-back")]
fn robot<T: Send + 'static>(part: impl FnOnce(Talk) -> T + Send + 'static) -> (Address, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").into();
    let thread = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a call");
        let mut authorization = String::new();
        let socket = accept_hdr(stream, |request: &Request, response: Response| {
            let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
            authorization = header.unwrap_or_default().to_owned();
            assert_eq!(request.headers()["host"], "robot.example:8080");
            Ok::<Response, ErrorResponse>(response)
        });
        part(Talk { socket: socket.expect("a WebSocket"), authorization })
    });
    (address, thread)
}

fn fork(address: Address) -> Command {
    let fork = Fork {
        leg: "phone".into(),
        url: "ws://robot.example:8080/talk?about=sales".into(),
        addresses: vec![address],
        account: "AC1".into(),
        call: "CA1".into(),
        stream: "MZ1".into(),
        authorization: "Bearer secret".into(),
        parameters: vec![Parameter { name: "language".into(), value: "de".into() }],
    };
    Command::CreatePlayer {
        player: "robot".into(),
        group: "call".into(),
        play: Play::Fork(fork),
        stop_digits: String::new(),
    }
}

fn connect(controller: &mut Controller, address: Address) {
    controller.ask(fork(address)).expect("a fork");
    controller.ask(Command::Hear { hearings: vec![hears("phone", &[player("robot")])] }).expect("heard");
}

fn ended(controller: &mut Controller) -> (ForkEnd, String, Vec<Parameter>) {
    event(controller, |event| match event {
        Event::ForkEnded { player, leg, reason, outcome, results, .. } if player == "robot" && leg == "phone" => {
            Some((*reason, outcome.clone(), results.clone()))
        }
        _ => None,
    })
}

fn code() -> u8 {
    Law::Pcmu.encode(4000)
}

#[test]
fn a_robot_hears_speaks_and_comes_back_with_a_result() {
    let (address, robot) = robot(|mut talk| {
        assert_eq!(talk.authorization, "Bearer secret");
        assert_eq!(talk.next().expect("connected")["event"], "connected");
        let start = talk.next().expect("start");
        assert_eq!((&start["streamSid"], &start["start"]["callSid"]), (&json!("MZ1"), &json!("CA1")));
        assert_eq!(start["start"]["customParameters"], json!({"language": "de"}));
        let media = talk.until("media");
        // 200 ms of one sample, at once.
        let payload = base64_of(&[code(); 1600]);
        talk.send(json!({"event": "media", "streamSid": "MZ1", "media": {"payload": payload}}));
        talk.send(json!({"event": "mark", "streamSid": "MZ1", "mark": {"name": "said"}}));
        assert_eq!(talk.until("mark")["mark"]["name"], "said");
        talk.send(json!({"event": "result", "outcome": "sales", "results": {"customer": 4711}}));
        talk.socket.close(None).expect("closed");
        while talk.next().is_some() {}
        media
    });
    let engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let mut phone = Phone::call(&mut controller, "phone", Codec::Pcmu);
    connect(&mut controller, address);
    event(&mut controller, |event| {
        matches!(event, Event::ForkStarted { player, .. } if player == "robot").then_some(())
    });
    let mut loud = 0;
    for _ in 0..200 {
        phone.say(code());
        let Some((_, payload)) = phone.hear() else { break };
        loud += payload.iter().filter(|heard| **heard == code()).count();
        if loud >= 1600 {
            break;
        }
    }
    assert_eq!(loud, 1600, "each sample was heard once");
    let results = vec![Parameter { name: "customer".into(), value: "4711".into() }];
    assert_eq!(ended(&mut controller), (ForkEnd::Closed, "sales".into(), results));
    assert_eq!(robot.join().expect("the robot")["media"]["track"], "inbound");
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn the_robot_is_told_of_the_end_of_its_leg() {
    let (address, robot) = robot(|mut talk| {
        talk.until("stop");
        talk.next()
    });
    let engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let _phone = Phone::call(&mut controller, "phone", Codec::Pcmu);
    connect(&mut controller, address);
    event(&mut controller, |event| matches!(event, Event::ForkStarted { .. }).then_some(()));
    controller.ask(Command::DeleteLeg { leg: "phone".into() }).expect("deleted");
    assert_eq!(robot.join().expect("the robot"), None, "closed after it");
}

#[test]
fn robots_that_fail_are_told_by_how_they_do() {
    let engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let _phone = Phone::call(&mut controller, "phone", Codec::Pcma);
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
    let mut fails = |address: Address, how: ForkEnd| {
        connect(&mut controller, address);
        assert_eq!(ended(&mut controller).0, how);
        controller.ask(Command::DeletePlayer { player: "robot".into() }).expect("deleted");
    };
    fails(closed.into(), ForkEnd::Unreachable);
    let (address, _robot) = robot(|mut talk| {
        talk.socket.send(Message::text("hello?")).expect("sent");
        while talk.next().is_some() {}
    });
    fails(address, ForkEnd::Nonsense);
    let (address, _robot) = robot(|mut talk| {
        talk.until("start");
        talk.socket.get_ref().shutdown(std::net::Shutdown::Both).expect("cut off");
    });
    fails(address, ForkEnd::Broken);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").into();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a call");
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            .expect("answered");
        let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
    });
    fails(address, ForkEnd::Refused);
}

#[test]
fn what_is_no_address_of_a_robot_is_refused_at_once() {
    let engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let _phone = Phone::call(&mut controller, "phone", Codec::Pcma);
    let address = Address { host: "127.0.0.1".into(), port: 9 };
    let mut refused = |change: fn(&mut Fork)| {
        let mut command = fork(address.clone());
        let Command::CreatePlayer { play: Play::Fork(fork), .. } = &mut command else { panic!("a fork") };
        change(fork);
        controller.exchange(command).expect("an answer").refusal.expect("refused").code
    };
    assert_eq!(refused(|fork| fork.url = "https://robot.example/".into()), RefusalCode::Malformed);
    assert_eq!(refused(|fork| fork.addresses.clear()), RefusalCode::Malformed);
    assert_eq!(refused(|fork| fork.addresses[0].host = "robot.example".into()), RefusalCode::Malformed);
    assert_eq!(refused(|fork| fork.authorization = "two\nlines".into()), RefusalCode::Malformed);
    assert_eq!(refused(|fork| fork.leg = "nobody".into()), RefusalCode::NotFound);
}
