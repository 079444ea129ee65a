//! Connections, and their limits.

use std::{
    collections::VecDeque,
    convert::Infallible,
    io,
    net::{SocketAddr, TcpListener as StdListener},
    sync::mpsc,
    thread,
    time::Duration,
};

use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use logger_core::{Pipeline, join_logger};
use tokio::{
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
    ended: mpsc::Receiver<Infallible>,
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
        Ok(MetricsServer { address: bound, stop: Some(stop), ended })
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
        let _ = self.ended.recv_timeout(END);
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

async fn connection(stream: TcpStream, pipeline: Pipeline) {
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
