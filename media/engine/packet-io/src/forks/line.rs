//! One robot over its WebSocket.

use super::conversation::Conversation;
use super::failure::Failure;
use super::{Common, ForkOrder};
use crate::notices::Notice;
use control_messages::{Address, Event, Fork, ForkEnd};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use packet_core::fork::ForkLine;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Sink = SplitSink<Socket, Message>;

const TICK: Duration = Duration::from_millis(20);
/// The caller hears silence meanwhile: connection, keys and hand-shake together.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// One of several addresses that answers nothing leaves time for the next.
const ADDRESS_TIME: Duration = Duration::from_secs(2);
/// A robot that takes nothing for so long is not waited for.
const SEND_TIME: Duration = Duration::from_secs(5);
/// Frames lost in a conversation: beyond 5 s a robot has not understood the caller.
const MAX_LOST_FRAMES: u64 = 250;
const PING_EVERY: Duration = Duration::from_secs(10);
/// Three pings without an answer.
const MAX_SILENCE: Duration = Duration::from_secs(30);
/// Who has told a result closes; else we do.
const CLOSE_TIME: Duration = Duration::from_secs(5);
/// For our last words.
const FAREWELL_TIME: Duration = Duration::from_secs(1);
/// 5 minutes of sound in one message, as base64.
const MAX_MESSAGE_BYTES: usize = 4 << 20;

/// From the call of the robot to its end; a robot that ends by itself is told of.
pub(super) async fn converse(order: ForkOrder, common: &Common) {
    let ForkOrder { player, fork, line } = order;
    let talk = Talk { conversation: Mutex::new(Conversation::new(&fork, line.clone())), line };
    let socket = tokio::select! {
        socket = connect(&fork, common) => socket,
        () = talk.unneeded() => return,
    };
    let ended = match socket {
        Err(failure) => Some(failure),
        Ok(socket) => {
            let started = Event::ForkStarted { player: player.clone(), leg: fork.leg.clone() };
            common.notices.send(Notice::Event(started));
            talk.run(socket).await
        }
    };
    talk.line.leave();
    if let Some(failure) = ended {
        common.notices.send(Notice::Event(talk.end(player, &fork, failure)));
    }
}

fn request(fork: &Fork) -> Result<Request, Error> {
    let mut request = fork.url.as_str().into_client_request()?;
    if !fork.authorization.is_empty() {
        let mut value = HeaderValue::from_str(&fork.authorization)?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    Ok(request)
}

async fn connect(fork: &Fork, common: &Common) -> Result<Socket, Failure> {
    let late = |_| Failure::new(ForkEnd::Unreachable, "no connection within 5 s");
    timeout(CONNECT_TIME, open(fork, common)).await.map_err(late)?.map_err(|error| Failure::of_connecting(&error))
}

async fn open(fork: &Fork, common: &Common) -> Result<Socket, Error> {
    let stream = reach(fork).await?;
    stream.set_nodelay(true)?;
    let config =
        WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE_BYTES)).max_frame_size(Some(MAX_MESSAGE_BYTES));
    let tls = Connector::Rustls(common.tls.clone());
    let (socket, _) = client_async_tls_with_config(request(fork)?, stream, Some(config), Some(tls)).await?;
    Ok(socket)
}

/// The first address that answers.
async fn reach(fork: &Fork) -> io::Result<TcpStream> {
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in fork.addresses.iter().filter_map(Address::socket_address) {
        match timeout(ADDRESS_TIME, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failure = error,
            Err(late) => failure = late.into(),
        }
    }
    Err(failure)
}

/// A conversation, and the line that it shares with the packets' side.
struct Talk {
    conversation: Mutex<Conversation>,
    line: Arc<ForkLine>,
}

impl Talk {
    /// Of this thread alone: nobody ever waits for it.
    fn conversation(&self) -> MutexGuard<'_, Conversation> {
        self.conversation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn unneeded(&self) {
        let mut ticks = interval(TICK);
        while !self.line.is_over() {
            ticks.tick().await;
        }
    }

    /// None: it was we who ended it.
    async fn run(&self, socket: Socket) -> Option<Failure> {
        let (mut sink, stream) = socket.split();
        let heard = Mutex::new(Instant::now());
        let ended = tokio::select! {
            failure = self.listen(stream, &heard) => Some(failure),
            failure = self.speak(&mut sink, &heard) => failure,
        };
        // One that hears nothing any more is left.
        let _ = timeout(FAREWELL_TIME, self.say_goodbye(&mut sink)).await;
        ended
    }

    async fn listen(&self, mut stream: SplitStream<Socket>, heard: &Mutex<Instant>) -> Failure {
        loop {
            let message = match stream.next().await {
                Some(Ok(message)) => message,
                Some(Err(error)) => return Failure::of_talking(&error),
                None => return Failure::of_talking(&Error::ConnectionClosed),
            };
            *heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            match message {
                Message::Text(text) => {
                    if let Err(failure) = self.conversation().receive(&text) {
                        return failure;
                    }
                }
                Message::Binary(_) => return Failure::nonsense("a binary message"),
                Message::Close(frame) => return Failure::of_close(frame.as_ref()),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    async fn speak(&self, sink: &mut Sink, heard: &Mutex<Instant>) -> Option<Failure> {
        self.conversation().begin();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut pinged, mut told) = (Instant::now(), None);
        loop {
            let now = ticks.tick().await;
            if self.line.is_over() {
                return None;
            }
            self.conversation().tick();
            let ping = now.saturating_duration_since(pinged) >= PING_EVERY;
            if ping {
                pinged = now;
            }
            match timeout(SEND_TIME, self.send(sink, ping)).await {
                Err(_) => return Some(Failure::new(ForkEnd::Slow, "it took nothing for 5 s")),
                Ok(Err(error)) => return Some(Failure::of_talking(&error)),
                Ok(Ok(())) => {}
            }
            let heard_at = *heard.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(failure) = self.judge(now, heard_at, &mut told) {
                return Some(failure);
            }
        }
    }

    /// Whether a robot that is still there is to be left all the same.
    fn judge(&self, now: Instant, heard_at: Instant, told: &mut Option<Instant>) -> Option<Failure> {
        if self.line.lost() > MAX_LOST_FRAMES {
            return Some(Failure::new(ForkEnd::Slow, "it lost more than 5 s of what was said"));
        }
        if now.saturating_duration_since(heard_at) > MAX_SILENCE {
            return Some(Failure::new(ForkEnd::Silent, "nothing came from it for 30 s, no answer to pings either"));
        }
        if self.conversation().has_result() {
            let told_at = *told.get_or_insert(now);
            if now.saturating_duration_since(told_at) > CLOSE_TIME {
                return Some(Failure::new(ForkEnd::Closed, ""));
            }
        }
        None
    }

    async fn send(&self, sink: &mut Sink, ping: bool) -> Result<(), Error> {
        loop {
            let message = self.conversation().next_message();
            let Some(message) = message else { break };
            sink.feed(Message::text(message)).await?;
        }
        if ping {
            sink.feed(Message::Ping(Vec::new().into())).await?;
        }
        sink.flush().await
    }

    async fn say_goodbye(&self, sink: &mut Sink) -> Result<(), Error> {
        let stop = self.conversation().stop();
        // Refused where the robot has closed: then its closing is answered.
        let _ = sink.send(Message::text(stop)).await;
        sink.close().await
    }

    /// The last word on it. What the robot had told counts, however it went away.
    fn end(&self, player: String, fork: &Fork, failure: Failure) -> Event {
        let result = self.conversation().take_result();
        let reason = if result.is_some() { ForkEnd::Closed } else { failure.reason };
        let (outcome, results) = result.unwrap_or_default();
        let lost_milliseconds = self.line.lost() * TICK.as_millis() as u64;
        let leg = fork.leg.clone();
        Event::ForkEnded { player, leg, reason, message: failure.message, outcome, results, lost_milliseconds }
    }
}
