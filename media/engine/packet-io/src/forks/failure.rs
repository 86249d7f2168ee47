//! Why a fork ended by itself, for the controller.

use control_messages::ForkEnd;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub reason: ForkEnd,
    pub message: String,
}

impl Failure {
    pub fn new(reason: ForkEnd, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }

    pub fn nonsense(message: impl Into<String>) -> Self {
        Self::new(ForkEnd::Nonsense, message)
    }

    /// Before the WebSocket was there.
    pub fn of_connecting(error: &Error) -> Self {
        match error {
            Error::Http(response) => Self::new(ForkEnd::Refused, format!("it answered {}", response.status())),
            Error::Io(error) => Self::new(ForkEnd::Unreachable, error.to_string()),
            other => Self::new(ForkEnd::Refused, other.to_string()),
        }
    }

    /// While it was there.
    pub fn of_talking(error: &Error) -> Self {
        match error {
            Error::Capacity(_) | Error::Utf8(_) => Self::nonsense(error.to_string()),
            Error::ConnectionClosed | Error::AlreadyClosed => Self::new(ForkEnd::Broken, "the connection was closed"),
            other => Self::new(ForkEnd::Broken, other.to_string()),
        }
    }

    /// What a robot means by the way it closes: 1000, or no code at all, is its plain end.
    pub fn of_close(frame: Option<&CloseFrame>) -> Self {
        match frame {
            None => Self::new(ForkEnd::Closed, ""),
            Some(frame) if frame.code == CloseCode::Normal => Self::new(ForkEnd::Closed, ""),
            Some(frame) => Self::new(ForkEnd::Broken, format!("it closed with {}", u16::from(frame.code))),
        }
    }
}
