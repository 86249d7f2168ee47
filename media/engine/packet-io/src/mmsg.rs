//! Batched receive and send on one socket: what makes the shared port of all browsers cheap.
//! The system calls `recvmmsg` and `sendmmsg` have no safe wrapper that reuses its memory, hence the unsafe code here.

use packet_core::switchboard::{Datagram, MAX_DATAGRAM};
use std::io;
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::os::fd::AsRawFd;

pub const BATCH: usize = 32;
/// Larger than anything we accept, so that an oversized datagram is seen as such.
pub const BUFFER_BYTES: usize = MAX_DATAGRAM + 64;

fn to_native(address: SocketAddr) -> (libc::sockaddr_storage, libc::socklen_t) {
    // SAFETY: sockaddr_storage is plain data, for which all bytes zero is a value.
    let mut storage: libc::sockaddr_storage = unsafe { MaybeUninit::zeroed().assume_init() };
    let at = &raw mut storage;
    match address {
        SocketAddr::V4(v4) => {
            let native = libc::sockaddr_in {
                sin_family: libc::AF_INET as libc::sa_family_t,
                sin_port: v4.port().to_be(),
                sin_addr: libc::in_addr { s_addr: u32::from(*v4.ip()).to_be() },
                sin_zero: [0; 8],
            };
            // SAFETY: sockaddr_storage is larger than and aligned for every socket address.
            unsafe { at.cast::<libc::sockaddr_in>().write(native) };
            (storage, size_of::<libc::sockaddr_in>() as libc::socklen_t)
        }
        SocketAddr::V6(v6) => {
            let native = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as libc::sa_family_t,
                sin6_port: v6.port().to_be(),
                sin6_flowinfo: v6.flowinfo(),
                sin6_addr: libc::in6_addr { s6_addr: v6.ip().octets() },
                sin6_scope_id: v6.scope_id(),
            };
            // SAFETY: as above.
            unsafe { at.cast::<libc::sockaddr_in6>().write(native) };
            (storage, size_of::<libc::sockaddr_in6>() as libc::socklen_t)
        }
    }
}

fn from_native(storage: &libc::sockaddr_storage) -> Option<SocketAddr> {
    let at: *const libc::sockaddr_storage = storage;
    match i32::from(storage.ss_family) {
        libc::AF_INET => {
            // SAFETY: the family says that the kernel wrote a sockaddr_in, and the storage is aligned for it.
            let native = unsafe { &*at.cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(native.sin_addr.s_addr));
            Some(SocketAddr::from((ip, u16::from_be(native.sin_port))))
        }
        libc::AF_INET6 => {
            // SAFETY: as above, for sockaddr_in6.
            let native = unsafe { &*at.cast::<libc::sockaddr_in6>() };
            let ip = Ipv6Addr::from(native.sin6_addr.s6_addr);
            let port = u16::from_be(native.sin6_port);
            Some(SocketAddr::V6(SocketAddrV6::new(ip, port, native.sin6_flowinfo, native.sin6_scope_id)))
        }
        _ => None,
    }
}

/// Memory for `BATCH` datagrams, used again for each call.
pub struct ReceiveBatch {
    buffers: Box<[[u8; BUFFER_BYTES]; BATCH]>,
    addresses: Box<[libc::sockaddr_storage; BATCH]>,
    lengths: [usize; BATCH],
}

impl Default for ReceiveBatch {
    fn default() -> Self {
        // SAFETY: all bytes zero is a value of sockaddr_storage, which is plain data.
        let addresses = unsafe { Box::<[libc::sockaddr_storage; BATCH]>::new_zeroed().assume_init() };
        Self { buffers: Box::new([[0; BUFFER_BYTES]; BATCH]), addresses, lengths: [0; BATCH] }
    }
}

impl ReceiveBatch {
    /// How many datagrams came; zero when none is waiting.
    pub fn receive(&mut self, socket: &UdpSocket) -> io::Result<usize> {
        let mut vectors = [const { libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 } }; BATCH];
        // SAFETY: mmsghdr is plain data, for which all bytes zero is a value (no name, no vector, no control data).
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { MaybeUninit::zeroed().assume_init() };
        for at in 0..BATCH {
            vectors[at].iov_base = self.buffers[at].as_mut_ptr().cast();
            vectors[at].iov_len = BUFFER_BYTES;
            let header = &mut headers[at].msg_hdr;
            header.msg_name = (&raw mut self.addresses[at]).cast();
            header.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            header.msg_iov = &raw mut vectors[at];
            header.msg_iovlen = 1;
        }
        // SAFETY: every header points at one vector, buffer and address that live until after the call and are not
        // otherwise used meanwhile; the file descriptor is open as long as `socket` is borrowed.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                BATCH as u32,
                libc::MSG_DONTWAIT as _,
                std::ptr::null_mut(),
            )
        };
        if count < 0 {
            let error = io::Error::last_os_error();
            return if error.kind() == io::ErrorKind::WouldBlock { Ok(0) } else { Err(error) };
        }
        for (length, header) in self.lengths.iter_mut().zip(&headers).take(count as usize) {
            *length = header.msg_len as usize;
        }
        Ok(count as usize)
    }

    /// The datagram at `index` of the last batch and its sender.
    pub fn datagram(&mut self, index: usize) -> Option<(&mut [u8], SocketAddr)> {
        let source = from_native(&self.addresses[index])?;
        Some((&mut self.buffers[index][..self.lengths[index]], source))
    }
}

/// Send up to `BATCH` datagrams through one socket; returns how many were lost.
pub fn send_batch(socket: &UdpSocket, datagrams: &[Datagram]) -> usize {
    let count = datagrams.len().min(BATCH);
    let mut vectors = [const { libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 } }; BATCH];
    // SAFETY: both are plain data, for which all bytes zero is a value.
    let mut addresses: [libc::sockaddr_storage; BATCH] = unsafe { MaybeUninit::zeroed().assume_init() };
    // SAFETY: as above.
    let mut headers: [libc::mmsghdr; BATCH] = unsafe { MaybeUninit::zeroed().assume_init() };
    for (at, datagram) in datagrams.iter().take(count).enumerate() {
        let (address, length) = to_native(datagram.to);
        addresses[at] = address;
        // The kernel only reads through the pointer.
        vectors[at].iov_base = datagram.bytes.as_ptr().cast_mut().cast();
        vectors[at].iov_len = datagram.length;
        let header = &mut headers[at].msg_hdr;
        header.msg_name = (&raw mut addresses[at]).cast();
        header.msg_namelen = length;
        header.msg_iov = &raw mut vectors[at];
        header.msg_iovlen = 1;
    }
    let (mut done, mut lost) = (0, 0);
    while done < count {
        // SAFETY: the headers from `done` on point at vectors, addresses and datagrams that outlive the call.
        let sent = unsafe {
            let first = headers.as_mut_ptr().add(done);
            libc::sendmmsg(socket.as_raw_fd(), first, (count - done) as u32, libc::MSG_DONTWAIT as _)
        };
        match usize::try_from(sent) {
            Ok(sent) if sent > 0 => done += sent,
            // The first of them cannot be sent (no route, buffer full): go on with the next.
            _ => {
                done += 1;
                lost += 1;
            }
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;
    use packet_core::switchboard::{Outbox, Port};

    fn round(host: &str) {
        let (one, two) = (UdpSocket::bind((host, 0)).expect("bound"), UdpSocket::bind((host, 0)).expect("bound"));
        let to = two.local_addr().expect("address");
        let mut out = Outbox::default();
        for n in 0..40u8 {
            out.slot()[..100].fill(n);
            out.commit(Port::Shared(0), to, 50 + usize::from(n));
        }
        assert_eq!(out.pending().chunks(BATCH).map(|chunk| send_batch(&one, chunk)).sum::<usize>(), 0);
        let mut batch = ReceiveBatch::default();
        let mut received = Vec::new();
        loop {
            let count = batch.receive(&two).expect("received");
            if count == 0 {
                break;
            }
            for index in 0..count {
                let (bytes, source) = batch.datagram(index).expect("datagram");
                assert_eq!(source, one.local_addr().expect("address"));
                received.push((bytes.len(), bytes[0]));
            }
        }
        assert_eq!(received, (0..40u8).map(|n| (50 + usize::from(n), n)).collect::<Vec<_>>());
    }

    #[test]
    fn batches_keep_order_length_and_sender() {
        round("127.0.0.1");
    }

    #[test]
    fn batches_work_over_ipv6() {
        if UdpSocket::bind("[::1]:0").is_ok() {
            round("::1");
        }
    }

    #[test]
    fn a_datagram_that_cannot_be_sent_does_not_hold_up_the_others() {
        let (one, two) =
            (UdpSocket::bind("127.0.0.1:0").expect("bound"), UdpSocket::bind("127.0.0.1:0").expect("bound"));
        let to = two.local_addr().expect("address");
        let mut out = Outbox::default();
        for address in [to, "[::1]:9".parse().expect("address"), to] {
            out.slot()[..10].fill(1);
            out.commit(Port::Shared(0), address, 10);
        }
        assert_eq!(send_batch(&one, out.pending()), 1);
        assert_eq!(ReceiveBatch::default().receive(&two).expect("received"), 2);
    }
}
