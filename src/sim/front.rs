//! Below HTTP: connections that can be reset, and a port that can be closed for a while.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{extract::connect_info::Connected, serve::IncomingStream};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Notify,
    time::{Instant, sleep, sleep_until},
};

/// How many connections may wait to be accepted: as many as where the port was opened.
const WAITING: u32 = 1024;

/// The port.
pub(super) struct Front {
    address: SocketAddr,
    listener: Option<TcpListener>,
    gate: Arc<Gate>,
}

/// Whether the port is open.
#[derive(Default)]
pub(super) struct Gate {
    until: Mutex<Option<Instant>>,
    closed: Notify,
}

impl Gate {
    /// Closes the port for so long.
    pub(super) fn close(&self, lasts: Duration) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + lasts);
        self.closed.notify_one();
    }

    fn until(&self) -> Option<Instant> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Front {
    pub(super) fn new(listener: TcpListener, address: SocketAddr, gate: Arc<Gate>) -> Self {
        Self { address, listener: Some(listener), gate }
    }
}

fn held(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // On Windows it would let others in.
    socket.set_reuseaddr(cfg!(unix))?;
    socket.bind(address)?;
    Ok(socket)
}

impl axum::serve::Listener for Front {
    type Io = Connection;
    type Addr = Line;

    async fn accept(&mut self) -> (Connection, Line) {
        loop {
            if let Some(until) = self.gate.until() {
                drop(self.listener.take());
                // Held, though nothing listens: whoever calls is refused, and no other simulator
                // beside this one is given the port meanwhile.
                let held = held(self.address);
                sleep_until(until).await;
                self.listener = held.and_then(|socket| socket.listen(WAITING)).ok();
            }
            let Some(listener) = &self.listener else {
                match TcpListener::bind(self.address).await {
                    Ok(listener) => self.listener = Some(listener),
                    // The port is taken by another for now.
                    Err(_) => sleep(Duration::from_millis(20)).await,
                }
                continue;
            };
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let line = Line::default();
                        return (Connection { stream, line: line.clone() }, line);
                    }
                    // Errors of one connection, or too many open files: both pass.
                    Err(_) => sleep(Duration::from_millis(20)).await,
                },
                () = self.gate.closed.notified() => {}
            }
        }
    }

    fn local_addr(&self) -> io::Result<Line> {
        Ok(Line::default())
    }
}

/// A connection as a call sees it.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Arc<AtomicBool>);

impl Line {
    /// Resets the connection at the next byte that is to go out.
    pub(super) fn reset(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Connected<IncomingStream<'_, Front>> for Line {
    fn connect_info(stream: IncomingStream<'_, Front>) -> Self {
        stream.remote_addr().clone()
    }
}

/// The stream of a connection.
pub(super) struct Connection {
    stream: TcpStream,
    line: Line,
}

impl Connection {
    fn check(&self) -> io::Result<()> {
        if !self.line.0.load(Ordering::SeqCst) {
            return Ok(());
        }
        // Closed like that, a socket sends RST.
        self.stream.set_zero_linger()?;
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
