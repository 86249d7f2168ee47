//! Wakes a thread that sleeps in epoll.

use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug, Clone)]
pub struct Waker(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    event: OwnedFd,
    /// Woken, and has not looked yet: it will find what is there by then.
    woken: AtomicBool,
}

impl Waker {
    pub fn new() -> io::Result<Self> {
        let event = eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?;
        Ok(Self(Arc::new(Shared { event, woken: AtomicBool::new(false) })))
    }

    /// After what the sleeper is to find was put there.
    pub fn wake(&self) {
        if !self.0.woken.swap(true, Ordering::AcqRel) {
            // Fails only when the counter is full, and then the sleeper is awake already.
            let _ = rustix::io::write(&self.0.event, &1u64.to_ne_bytes());
        }
    }

    /// Before looking.
    pub fn drain(&self) {
        let _ = rustix::io::read(&self.0.event, &mut [0; 8]);
        self.0.woken.swap(false, Ordering::AcqRel);
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.event.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    fn count(waker: &Waker) -> u64 {
        let mut bytes = [0; 8];
        rustix::io::read(waker, &mut bytes).map_or(0, |_| u64::from_ne_bytes(bytes))
    }

    #[test]
    fn who_is_woken_already_is_not_woken_again() {
        let waker = Waker::new().expect("an eventfd");
        waker.wake();
        waker.wake();
        assert_eq!(count(&waker), 1);
        waker.drain();
        waker.wake();
        assert_eq!(count(&waker), 1);
    }

    #[test]
    fn nothing_that_was_put_there_is_slept_over() {
        const ITEMS: usize = 20_000;
        let waker = Waker::new().expect("an eventfd");
        let (sender, receiver) = channel();
        let other = waker.clone();
        let producer = std::thread::spawn(move || {
            for item in 0..ITEMS {
                sender.send(item).expect("the receiver stays");
                other.wake();
            }
        });
        let mut found = 0;
        while found < ITEMS {
            let mut ready = [rustix::event::PollFd::new(&waker, rustix::event::PollFlags::IN)];
            let patience = Duration::from_secs(10).try_into().expect("a timespec");
            assert_eq!(rustix::event::poll(&mut ready, Some(&patience)).expect("poll"), 1, "slept over {found}");
            waker.drain();
            found += receiver.try_iter().count();
        }
        producer.join().expect("the producer ends");
    }
}
