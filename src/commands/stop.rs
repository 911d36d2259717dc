//! The signals that end a run.

use std::sync::{Arc, OnceLock};

use crate::exit::Exit;

/// Remembers the first signal, also between the parts of a run that listen themselves.
pub(super) struct Watch(Arc<OnceLock<Exit>>);

impl Watch {
    /// Watches from now on; where that cannot be set up, a signal ends the process.
    pub(super) fn new() -> Self {
        let met = Arc::new(OnceLock::new());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return Self(met) };
        if let Ok(mut stop) = runtime.block_on(async { Stop::new() }) {
            let met = Arc::clone(&met);
            std::thread::spawn(move || runtime.block_on(async { met.set(stop.wait().await) }));
        }
        Self(met)
    }

    /// The signal that came.
    pub(super) fn met(&self) -> Option<Exit> {
        self.0.get().copied()
    }
}

/// Listens to Ctrl-C and, where there is one, SIGTERM.
#[cfg(unix)]
pub(super) struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    /// Starts to listen; needs a runtime.
    pub(super) fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for one of them.
    pub(super) async fn wait(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }
}

/// Listens to Ctrl-C.
#[cfg(not(unix))]
pub(super) struct Stop;

#[cfg(not(unix))]
impl Stop {
    /// Starts to listen; needs a runtime.
    #[expect(clippy::unnecessary_wraps, reason = "the other systems can fail here")]
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    /// Waits for it.
    pub(super) async fn wait(&mut self) -> Exit {
        // Without a way to receive it, the system ends the process by itself.
        match tokio::signal::ctrl_c().await {
            Ok(()) => Exit::Interrupted,
            Err(_) => std::future::pending().await,
        }
    }
}
