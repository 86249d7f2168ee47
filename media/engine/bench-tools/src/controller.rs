//! A controller that waits for each answer.

use control_messages::{Answer, Command, FrameReader, FromEngine, ToEngine, decode_answer, encode_command_frame};
use std::collections::VecDeque;
use std::error::Error;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

const ANSWER_WAIT: Duration = Duration::from_secs(5);

pub struct Controller {
    stream: UnixStream,
    frames: FrameReader,
    requests: u64,
    /// Messages read while waiting for another.
    read: VecDeque<FromEngine>,
}

impl Controller {
    /// Connect and say hello; returns the engine's welcome.
    pub fn connect(path: &Path) -> Result<(Self, Answer), Box<dyn Error>> {
        let stream = UnixStream::connect(path)?;
        let mut controller = Self { stream, frames: FrameReader::default(), requests: 0, read: VecDeque::new() };
        let welcome = controller.ask(Command::Hello { protocol: 1, token: String::new() })?;
        Ok((controller, welcome))
    }

    pub fn stream(&mut self) -> &mut UnixStream {
        &mut self.stream
    }

    /// Let go of the events that nobody waited for.
    pub fn forget_events(&mut self) {
        self.read.clear();
    }

    /// Hold the connection and read what comes, as a controller does, until the engine closes it.
    pub fn keep_reading(mut self) -> Result<(), Box<dyn Error>> {
        self.stream.set_read_timeout(None)?;
        std::thread::Builder::new().name("controller".into()).spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while self.stream.read(&mut buffer).is_ok_and(|count| count > 0) {}
        })?;
        Ok(())
    }

    fn read_more(&mut self, wait: Duration) -> Result<(), Box<dyn Error>> {
        self.stream.set_read_timeout(Some(wait.max(Duration::from_millis(1))))?;
        let mut buffer = [0; 65_536];
        let count = self.stream.read(&mut buffer)?;
        if count == 0 {
            return Err("the engine closed the connection".into());
        }
        self.frames.push(&buffer[..count]);
        while let Some(body) = self.frames.next_frame().map_err(|error| format!("{error:?}"))? {
            self.read.push_back(decode_answer(body)?);
        }
        Ok(())
    }

    /// The first message for which `pick` gives something, within `wait`; others stay for later.
    pub fn wait_for<T>(
        &mut self,
        wait: Duration,
        pick: impl Fn(&FromEngine) -> Option<T>,
    ) -> Result<T, Box<dyn Error>> {
        let end = Instant::now() + wait;
        loop {
            if let Some(at) = self.read.iter().position(|message| pick(message).is_some())
                && let Some(found) = self.read.remove(at).and_then(|message| pick(&message))
            {
                return Ok(found);
            }
            let rest = end.checked_duration_since(Instant::now()).ok_or("no such message in time")?;
            match self.read_more(rest) {
                Err(error) if error.downcast_ref::<std::io::Error>().is_some_and(is_time_out) => {}
                other => other?,
            }
        }
    }

    /// The answer or refusal as it comes.
    pub fn exchange(&mut self, command: Command) -> Result<FromEngine, Box<dyn Error>> {
        self.requests += 1;
        let request = self.requests;
        self.stream.write_all(&encode_command_frame(&ToEngine { request, command }))?;
        self.wait_for(ANSWER_WAIT, |message| (message.request == Some(request)).then(|| message.clone()))
    }

    /// The answer; a refusal is an error.
    pub fn ask(&mut self, command: Command) -> Result<Answer, Box<dyn Error>> {
        let message = self.exchange(command)?;
        message.answer.ok_or_else(|| format!("refused: {:?}", message.refusal).into())
    }
}

fn is_time_out(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}
