//! Robots: one thread speaks WebSocket with all of them, so that no packet ever waits for one.

mod conversation;
mod failure;
mod line;
mod words;

use crate::journal;
use crate::notices::NoticeSender;
use control_messages::{Fork, Refusal, RefusalCode};
use packet_core::fork::ForkLine;
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::http::{HeaderValue, Uri};

/// One thread encodes and sends 50 messages a second for each; 500 are half a core of it.
pub const MAX_FORKS: usize = 500;

/// A robot to be called.
pub struct ForkOrder {
    pub player: String,
    pub fork: Fork,
    pub line: Arc<ForkLine>,
}

/// The way to the robots' thread.
#[derive(Clone)]
pub struct Forks {
    orders: UnboundedSender<ForkOrder>,
    count: Arc<AtomicUsize>,
}

/// What each conversation needs.
#[derive(Clone)]
struct Common {
    notices: NoticeSender,
    tls: Arc<ClientConfig>,
    count: Arc<AtomicUsize>,
}

impl Forks {
    /// The thread ends when all have let go of it.
    pub fn start(notices: NoticeSender) -> io::Result<Self> {
        let (orders, waiting) = unbounded_channel();
        let count = Arc::new(AtomicUsize::new(0));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let counted = count.clone();
        std::thread::Builder::new().name("robots".into()).spawn(move || {
            let common = Common { notices, tls: Arc::new(tls()), count: counted };
            runtime.block_on(serve(waiting, common));
        })?;
        Ok(Self { orders, count })
    }

    /// What can be known to be wrong before anybody is called.
    pub fn check(&self, fork: &Fork) -> Result<(), Refusal> {
        let malformed = |message: &str| Err(Refusal::new(RefusalCode::Malformed, message));
        let uri: Option<Uri> = fork.url.parse().ok();
        if !uri.is_some_and(|uri| matches!(uri.scheme_str(), Some("ws" | "wss")) && uri.host().is_some()) {
            return malformed("a robot's address is ws://HOST or wss://HOST");
        }
        if fork.addresses.is_empty() || fork.addresses.iter().any(|one| one.socket_address().is_none()) {
            return malformed("a fork has addresses, which are IP literals");
        }
        if HeaderValue::from_str(&fork.authorization).is_err() {
            return malformed("the authorization is no value of a header");
        }
        if self.count.load(Ordering::Relaxed) >= MAX_FORKS {
            return Err(Refusal::limit_reached("forks", format!("at most {MAX_FORKS} forks")));
        }
        Ok(())
    }

    pub fn call(&self, order: ForkOrder) {
        self.count.fetch_add(1, Ordering::Relaxed);
        // Fails only at the end of the process.
        let _ = self.orders.send(order);
    }
}

/// A conversation is counted until its end, however it ends.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn serve(mut waiting: UnboundedReceiver<ForkOrder>, common: Common) {
    while let Some(order) = waiting.recv().await {
        let common = common.clone();
        let counted = Counted(common.count.clone());
        tokio::spawn(async move {
            line::converse(order, &common).await;
            drop(counted);
        });
    }
}

/// Servers are believed whom the system's authorities vouch for.
fn tls() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        journal::warning("authorities_unread", &[("message", json!(error.to_string()))]);
    }
    roots.add_parsable_certificates(found.certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the usual versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
