//! Connections, and their limits.

use std::{
    collections::VecDeque,
    convert::Infallible,
    io,
    net::{SocketAddr, TcpListener as StdListener},
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use logger_core::{Pipeline, join_logger};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
    sync::oneshot,
    task::AbortHandle,
    time::{sleep, timeout},
};

use crate::{answer::answer, error::MetricsError};

/// Connections at one time.
const CONNECTIONS: usize = 32;
/// How long a connection may last. The longest scrape that Prometheus allows by default is 10 s, and one here takes a millisecond.
const CONNECTION: Duration = Duration::from_secs(5);
/// How long a client may take for its request.
const REQUEST: Duration = Duration::from_secs(2);
/// The longest request without its body, in bytes; the least that hyper allows.
const REQUEST_BYTES: usize = 8 * 1024;
/// How long to wait when the process has no descriptor left for a connection.
const NO_DESCRIPTOR: Duration = Duration::from_millis(100);
/// How long the end of a server may take: its thread waits for nothing that a client does.
const END: Duration = Duration::from_secs(1);

/// Serves the figures of a pipeline until it is dropped.
#[must_use = "dropping the server ends it; bind it as `let _server`, not `let _`"]
#[derive(Debug)]
pub struct MetricsServer {
    address: SocketAddr,
    /// Ends the thread when it is dropped.
    stop: Option<oneshot::Sender<Infallible>>,
    /// In a lock that nobody waits for: who keeps the server may be shared between threads.
    ended: Mutex<mpsc::Receiver<Infallible>>,
    /// How long that is waited for.
    end: Duration,
}

impl MetricsServer {
    /// Begins to serve on `address`; port 0 is any free one. It holds a handle of the pipeline; drop it before the guard.
    ///
    /// # Errors
    ///
    /// [`MetricsError::NotLoopback`], [`MetricsError::Listen`] where somebody has the port, and [`MetricsError::Thread`].
    pub fn start(address: SocketAddr, pipeline: &Pipeline) -> Result<MetricsServer, MetricsError> {
        if !address.ip().is_loopback() {
            return Err(MetricsError::NotLoopback { address });
        }
        let refused = |source| MetricsError::Listen { address, source };
        let listener = StdListener::bind(address).map_err(refused)?;
        listener.set_nonblocking(true).map_err(refused)?;
        let bound = listener.local_addr().map_err(refused)?;
        let refused = |source| MetricsError::Thread { source };
        let runtime = Builder::new_current_thread().enable_all().build().map_err(refused)?;
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = mpsc::channel();
        let pipeline = pipeline.clone();
        let work = move || {
            join_logger();
            serve(&runtime, listener, pipeline, stopped);
            runtime.shutdown_background();
            drop(end);
        };
        thread::Builder::new().name("log-metrics".into()).spawn(work).map_err(refused)?;
        Ok(MetricsServer { address: bound, stop: Some(stop), ended: Mutex::new(ended), end: END })
    }

    /// Where it listens, with the port that it got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for MetricsServer {
    /// Ends all connections and gives the address back.
    fn drop(&mut self) {
        drop(self.stop.take());
        // the thread has let go of its end, or takes longer than it should
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = ended.recv_timeout(self.end);
    }
}

fn serve(
    runtime: &Runtime,
    listener: StdListener,
    pipeline: Pipeline,
    stopped: oneshot::Receiver<Infallible>,
) {
    runtime.block_on(async {
        // a listener that the runtime refuses serves nobody; the address is given back
        let Ok(listener) = TcpListener::from_std(listener) else { return };
        tokio::spawn(accept(listener, pipeline));
        // nobody sends anything: it is dropped
        let _ = stopped.await;
    });
}

async fn accept(listener: TcpListener, pipeline: Pipeline) {
    let mut connections = Connections::default();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => connections.begin(stream, pipeline.clone()),
            // a client that is gone already is no reason to wait
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(_) => sleep(NO_DESCRIPTOR).await,
        }
    }
}

/// Those under way, the oldest first.
#[derive(Default)]
struct Connections(VecDeque<AbortHandle>);

impl Connections {
    /// Serves one more; where there are too many, the oldest ends: whoever still waits there is slow.
    fn begin(&mut self, stream: TcpStream, pipeline: Pipeline) {
        self.0.retain(|it| !it.is_finished());
        while self.0.len() >= CONNECTIONS {
            if let Some(oldest) = self.0.pop_front() {
                oldest.abort();
            }
        }
        self.0.push_back(tokio::spawn(connection(stream, pipeline)).abort_handle());
    }
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin, pipeline: Pipeline) {
    let service = service_fn(|request: Request<Incoming>| {
        let answer = answer(&request.into_parts().0, &pipeline);
        async { Ok::<_, Infallible>(answer) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST)
        .max_buf_size(REQUEST_BYTES)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // what goes wrong is the client's
    let _ = timeout(CONNECTION, served).await;
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpStream as StdStream,
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
    };

    use logger_core::ShutdownGuard;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
        time::Instant,
    };

    use super::*;

    /// Long enough for a busy machine.
    const PATIENCE: Duration = Duration::from_secs(60);
    const ASK: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

    #[test]
    fn a_server_may_be_shared_between_threads_as_what_keeps_it_without_one() {
        fn is_shared<T: Send + Sync>() {}
        is_shared::<MetricsServer>();
    }

    /// A runtime whose clock stands still while something is done, and else goes on to the next moment that is waited for.
    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
    }

    fn pipeline() -> ShutdownGuard {
        Pipeline::builder().start().unwrap()
    }

    #[test]
    fn of_more_than_32_connections_the_oldest_ends_and_all_others_are_served() {
        let (runtime, guard) = (runtime(), pipeline());
        let listener = StdListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let ask = move || {
            let connect = |_| {
                let client = StdStream::connect(address).unwrap();
                client.set_read_timeout(Some(PATIENCE)).unwrap();
                client
            };
            let mut answer = Vec::new();
            // those that were answered are no connections any more
            let mut patient = connect(0);
            for mut client in (0..2 * CONNECTIONS).map(connect) {
                client.write_all(ASK).unwrap();
                client.read_to_end(&mut answer).unwrap();
            }
            answer.clear();
            patient.write_all(ASK).unwrap();
            patient.read_to_end(&mut answer).unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 200 "));
            answer.clear();
            let mut clients: Vec<StdStream> = (0..CONNECTIONS).map(connect).collect();
            let mut one_more = connect(0);
            // nothing was sent, so that its end is no end of ours
            let _ = clients
                .remove(0)
                .read_to_end(&mut answer)
                .map_err(|error| assert!(is_ended(&error), "{error}"));
            assert!(answer.is_empty());
            for client in clients.iter_mut().chain([&mut one_more]) {
                client.write_all(ASK).unwrap();
                client.read_to_end(&mut answer).unwrap();
                assert!(answer.starts_with(b"HTTP/1.1 200 "));
                answer.clear();
            }
        };
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener).unwrap();
            tokio::spawn(accept(listener, guard.pipeline().clone()));
            // the clock stands still meanwhile: nobody is late
            tokio::task::spawn_blocking(ask).await.unwrap();
        });
    }

    fn is_ended(error: &io::Error) -> bool {
        !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
    }

    /// How long a client is served that does what it is told to do.
    fn served(doing: impl AsyncFnOnce(&mut DuplexStream)) -> Duration {
        let (runtime, guard) = (runtime(), pipeline());
        runtime.block_on(async {
            // the least of the answer has room
            let (mut client, stream) = tokio::io::duplex(64);
            let begin = Instant::now();
            let connection = tokio::spawn(connection(stream, guard.pipeline().clone()));
            doing(&mut client).await;
            connection.await.unwrap();
            begin.elapsed()
        })
    }

    #[test]
    fn a_client_that_asks_slowly_or_does_not_listen_is_left_alone_after_a_while() {
        let within =
            |time: Duration, limit: Duration| (limit..limit + Duration::from_millis(100)).contains(&time);
        let silent = served(async |_| ());
        assert!(within(silent, REQUEST), "{silent:?}");
        let slow = served(async |client| {
            for byte in ASK {
                // some of them come too late
                if client.write_all(&[*byte]).await.is_err() {
                    return;
                }
                sleep(REQUEST / 10).await;
            }
        });
        assert!(slow < CONNECTION, "{slow:?}");
        let deaf = served(async |client| client.write_all(ASK).await.unwrap());
        assert!(within(deaf, CONNECTION), "{deaf:?}");
        let listening = served(async |client| {
            client.write_all(ASK).await.unwrap();
            let mut answer = Vec::new();
            client.read_to_end(&mut answer).await.unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 200 "));
        });
        assert_eq!(listening, Duration::ZERO);
    }

    #[test]
    fn the_end_of_a_server_is_waited_for() {
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = mpsc::channel();
        let has_ended = Arc::new(AtomicBool::new(false));
        let work = {
            let has_ended = Arc::clone(&has_ended);
            move || {
                let _ = stopped.blocking_recv();
                has_ended.store(true, Ordering::SeqCst);
                drop(end);
            }
        };
        let thread = thread::spawn(work);
        let address = "127.0.0.1:1".parse().unwrap();
        drop(MetricsServer { address, stop: Some(stop), ended: Mutex::new(ended), end: PATIENCE });
        assert!(has_ended.load(Ordering::SeqCst));
        thread.join().unwrap();
    }
}
