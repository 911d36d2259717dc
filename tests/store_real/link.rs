//! The way to the store.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
};

/// How a link is cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    /// So many connections are.
    pub(crate) connections: u64,
    /// After so many bytes that went up.
    pub(crate) after: usize,
}

impl Cut {
    /// It is not.
    pub(crate) const NEVER: Self = Self { connections: 0, after: 0 };
}

/// Starts a link to `store`, and gives its near end.
pub(crate) async fn run(store: SocketAddr, cut: Cut) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = listener.local_addr().unwrap();
    let count = Arc::new(AtomicU64::new(0));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let broken = count.fetch_add(1, Ordering::Relaxed) < cut.connections;
            tokio::spawn(async move {
                let Ok(server) = TcpStream::connect(store).await else { return };
                if broken {
                    cut_off(client, server, cut.after).await;
                } else {
                    through(client, server).await;
                }
            });
        }
    });
    near
}

async fn through(client: TcpStream, server: TcpStream) {
    let (mut up, mut down) = client.into_split();
    let (mut back, mut there) = server.into_split();
    let _ = tokio::join!(
        async {
            let _ = copy(&mut up, &mut there).await;
            let _ = there.shutdown().await;
        },
        async {
            let _ = copy(&mut back, &mut down).await;
            let _ = down.shutdown().await;
        }
    );
}

/// Lets so many bytes pass and then resets both ends.
async fn cut_off(mut client: TcpStream, mut server: TcpStream, after: usize) {
    let mut buffer = vec![0; 16 << 10];
    let mut passed = 0;
    while passed < after {
        match client.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => {
                if server.write_all(&buffer[..count]).await.is_err() {
                    return;
                }
                passed += count;
            }
        }
    }
    let _ = client.set_zero_linger();
    let _ = server.set_zero_linger();
}
