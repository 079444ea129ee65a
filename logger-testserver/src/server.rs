//! Accepts connections and gives each request to its service.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

use crate::{
    discord,
    fault::Fault,
    http::{self, Reply, Request},
    ntfy, slack,
    state::{Received, Shown, State},
    telegram,
    tls::{self, Certificate},
    webhook,
};

/// How a server behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether it counts messages as the services do; on by default.
    pub limits: bool,
    /// The secret by which webhooks are signed; without it they need not be.
    pub secret: Option<String>,
    /// With TLS, and how good it is; without by default.
    pub certificate: Option<Certificate>,
    /// Where it listens; any free port of 127.0.0.1 by default.
    pub port: u16,
}

impl Default for Options {
    fn default() -> Self {
        Options { limits: true, secret: None, certificate: None, port: 0 }
    }
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    inner: Arc<Inner>,
    address: SocketAddr,
    authority: String,
    accepting: Option<thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    /// Something came.
    changed: Condvar,
    options: Options,
    tls: Option<Arc<ServerConfig>>,
    ended: Mutex<bool>,
    end: Condvar,
}

impl Server {
    /// Starts a server.
    ///
    /// # Panics
    ///
    /// When the port is taken, or there can be no certificate.
    pub fn start(options: Options) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let made = options.certificate.map(|it| tls::config(it).expect("a certificate can be made"));
        let (tls, authority) = made.unzip();
        let inner = Arc::new(Inner {
            state: Mutex::default(),
            changed: Condvar::new(),
            options,
            tls,
            ended: Mutex::new(false),
            end: Condvar::new(),
        });
        let accepting = Arc::clone(&inner);
        let thread = thread::spawn(move || accept(&listener, &accepting));
        Server { inner, address, authority: authority.unwrap_or_default(), accepting: Some(thread) }
    }

    /// `http://127.0.0.1:41234`, or `https://localhost:41234`.
    pub fn url(&self) -> String {
        let (scheme, host) = match self.inner.tls {
            Some(_) => ("https", "localhost"),
            None => ("http", "127.0.0.1"),
        };
        format!("{scheme}://{host}:{}", self.address.port())
    }

    /// The port on which it listens.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The authority behind its certificate, in PEM.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The next requests go wrong, in this order.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.lock().faults.extend(faults);
    }

    /// From now on all requests go wrong, or none.
    pub fn fail_always(&self, fault: Option<Fault>) {
        self.lock().always = fault;
    }

    /// A token of Telegram's, `<id>/<token>` of Discord's, a path, or `ntfy` is not there any more.
    pub fn remove(&self, what: &str) {
        self.lock().gone.insert(what.to_owned());
    }

    /// What a person sees, in the order in which it came.
    pub fn shown(&self) -> Vec<Shown> {
        self.lock().shown.clone()
    }

    /// All requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.lock().received.clone()
    }

    /// Rules that a sender has broken.
    pub fn complaints(&self) -> Vec<String> {
        self.lock().complaints.clone()
    }

    /// Waits until `done` says so of what a person sees, at most for `patience`. Returns whether it does.
    pub fn wait_until(&self, patience: Duration, done: impl Fn(&[Shown]) -> bool) -> bool {
        self.wait(patience, |state| done(&state.shown))
    }

    /// Waits until so many requests have come, at most for `patience`. Returns whether they have.
    pub fn wait_for_requests(&self, patience: Duration, count: usize) -> bool {
        self.wait(patience, |state| state.received.len() >= count)
    }

    fn wait(&self, patience: Duration, done: impl Fn(&State) -> bool) -> bool {
        let deadline = Instant::now() + patience;
        let mut state = self.lock();
        while !done(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.inner.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner.lock()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        *self.inner.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.inner.end.notify_all();
        // wakes the thread that accepts
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.accepting.take() {
            let _ = thread.join();
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_ended(&self) -> bool {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, until the end of the server at most.
    fn pause(&self, span: Duration) {
        let deadline = Instant::now() + span;
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        while !*ended {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            ended = self.end.wait_timeout(ended, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

fn accept(listener: &TcpListener, inner: &Arc<Inner>) {
    for stream in listener.incoming() {
        if inner.has_ended() {
            return;
        }
        let Ok(stream) = stream else { continue };
        let inner = Arc::clone(inner);
        thread::spawn(move || {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
            let _ = stream.set_nodelay(true);
            let Ok(raw) = stream.try_clone() else { return };
            let _ = match &inner.tls {
                None => serve(stream, &raw, &inner),
                Some(config) => ServerConnection::new(Arc::clone(config))
                    .map_err(io::Error::other)
                    .and_then(|tls| serve(StreamOwned::new(tls, stream), &raw, &inner)),
            };
        });
    }
}

/// The requests of one connection.
fn serve(mut stream: impl Read + Write, raw: &TcpStream, inner: &Inner) -> io::Result<()> {
    while let Some(request) = http::read(&mut stream)? {
        if inner.has_ended() {
            return Ok(());
        }
        let fault = {
            let mut state = inner.lock();
            state.faults.pop_front().or_else(|| state.always.clone())
        };
        let reply = match &fault {
            None => Some(answer(&request, inner)),
            Some(fault) => fail_first(fault, &request, inner),
        };
        let status = reply.as_ref().map_or(0, |reply| reply.status);
        inner.lock().received.push(Received { request, at: Instant::now(), status });
        inner.changed.notify_all();
        let Some(reply) = reply else {
            return fail_at_end(fault.as_ref(), &mut stream, raw, inner);
        };
        match fault {
            Some(Fault::ResetInBody) => {
                let bytes = reply.bytes();
                stream.write_all(&bytes[..bytes.len() - 1])?;
                stream.flush()?;
                return reset(raw);
            }
            Some(Fault::Drip) => {
                for byte in reply.bytes() {
                    stream.write_all(&[byte])?;
                    stream.flush()?;
                    inner.pause(Duration::from_millis(100));
                }
            }
            Some(Fault::Stall(span)) => {
                inner.pause(span);
                reply.write(&mut stream)?;
            }
            _ => reply.write(&mut stream)?,
        }
    }
    Ok(())
}

/// The answer to a request that goes wrong; `None` where there is none.
fn fail_first(fault: &Fault, request: &Request, inner: &Inner) -> Option<Reply> {
    match fault {
        Fault::Status(status) => Some(Reply::text(*status, "something is wrong")),
        Fault::Wait(seconds) => Some(ask_to_wait(request, &mut inner.lock(), *seconds)),
        Fault::Redirect(to) => Some(Reply::text(302, "").header("location", to)),
        Fault::Huge(len) => Some(Reply { status: 500, headers: Vec::new(), body: vec![b'x'; *len] }),
        Fault::Nothing | Fault::Stall(_) | Fault::Drip | Fault::ResetInBody => Some(answer(request, inner)),
        Fault::Reset | Fault::Garbage | Fault::BlackHole(_) => None,
    }
}

fn fail_at_end(
    fault: Option<&Fault>,
    stream: &mut impl Write,
    raw: &TcpStream,
    inner: &Inner,
) -> io::Result<()> {
    match fault {
        Some(Fault::Garbage) => {
            stream.write_all(b"\x00\x01 this is not HTTP \xff\r\n\r\n")?;
            stream.flush()
        }
        Some(Fault::BlackHole(span)) => {
            inner.pause(*span);
            Ok(())
        }
        _ => reset(raw),
    }
}

fn reset(raw: &TcpStream) -> io::Result<()> {
    SockRef::from(raw).set_linger(Some(Duration::ZERO))?;
    raw.shutdown(std::net::Shutdown::Read)
}

fn answer(request: &Request, inner: &Inner) -> Reply {
    let mut state = inner.lock();
    let options = &inner.options;
    match request.path.as_str() {
        path if path.starts_with("/bot") => telegram::answer(request, &mut state, options),
        path if path.starts_with("/api/webhooks/") => discord::answer(request, &mut state, options),
        path if path.starts_with("/services/") => slack::answer(request, &mut state, options),
        "/" => ntfy::answer(request, &mut state),
        _ => webhook::answer(request, &mut state, options),
    }
}

/// In the form of the service.
fn ask_to_wait(request: &Request, state: &mut State, seconds: f64) -> Reply {
    let path = request.path.as_str();
    if let Some(rest) = path.strip_prefix("/bot") {
        let bot = format!("telegram {}", rest.split('/').next().unwrap_or_default());
        return telegram::flood(state, &bot, seconds);
    }
    if let Some(rest) = path.strip_prefix("/api/webhooks/") {
        let hook: Vec<&str> = rest.split('/').take(2).collect();
        return discord::limited(state, &format!("discord {}", hook.join("/")), seconds, false);
    }
    match path {
        "/" => ntfy::wait(state, seconds),
        path if path.starts_with("/services/") => slack::wait(state, path, seconds),
        path => webhook::wait(state, path, seconds),
    }
}
