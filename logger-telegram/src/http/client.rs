//! Sends a request and reads the answer, all of it within one limit of time.

use std::{error::Error, sync::Arc, time::Duration};

use reqwest::redirect::Policy;
use rustls::{ClientConfig, pki_types::CertificateDer, pki_types::pem::PemObject as _};
use rustls_platform_verifier::Verifier;

use super::{ANSWER_WITHIN, Answer, CONNECT_WITHIN, HttpRequest, MAX_BODY, Method, Network};
use crate::error::AlertError;

/// Why there is no answer; without the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoAnswer(pub(crate) String);

pub(crate) struct Client {
    client: reqwest::Client,
    /// A request may take so long, all together.
    within: Duration,
}

impl Client {
    pub(crate) fn new(network: &Network) -> Result<Self, AlertError> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(network)?)
            .redirect(Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .pool_idle_timeout(Duration::from_secs(20))
            .user_agent(concat!("logger-telegram/", env!("CARGO_PKG_VERSION")));
        let mut network = network.clone();
        if let Some(proxy) = network.proxy.take() {
            network.allow_proxy(proxy.expose());
            let proxy = reqwest::Proxy::all(proxy.expose().as_str())
                .map_err(|_| wrong("the address of the proxy cannot be read"))?;
            builder = builder.proxy(proxy);
        } else {
            for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
                if let Ok(proxy) = std::env::var(name) {
                    network.allow_proxy(&proxy);
                }
            }
        }
        let client = builder
            .dns_resolver(network.resolver())
            .build()
            .map_err(|error| wrong(&format!("there can be no client: {}", chain(&error.without_url()))))?;
        Ok(Client { client, within: ANSWER_WITHIN })
    }

    pub(crate) async fn send(&self, request: HttpRequest) -> Result<Answer, NoAnswer> {
        match tokio::time::timeout(self.within, self.exchange(request)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(NoAnswer(chain(&error.without_url()))),
            Err(_) => Err(NoAnswer(format!("no answer within {} ms", self.within.as_millis()))),
        }
    }

    async fn exchange(&self, request: HttpRequest) -> Result<Answer, reqwest::Error> {
        let method = match request.method {
            Method::Post => reqwest::Method::POST,
            Method::Patch => reqwest::Method::PATCH,
        };
        let sent = self.client.request(method, request.url).headers(request.headers).body(request.body);
        let mut response = sent.send().await?;
        let mut body = Vec::new();
        while body.len() < MAX_BODY
            && let Some(part) = response.chunk().await?
        {
            body.extend_from_slice(&part[..part.len().min(MAX_BODY - body.len())]);
        }
        Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
    }
}

impl Network {
    /// A proxy is configured by whoever runs the program, and is often near.
    fn allow_proxy(&mut self, proxy: &str) {
        let url = url::Url::parse(proxy).or_else(|_| url::Url::parse(&format!("http://{proxy}")));
        if let Some(host) = url.ok().as_ref().and_then(url::Url::host_str) {
            self.allow(host);
        }
    }
}

/// rustls with ring, and what the system trusts.
fn tls(network: &Network) -> Result<ClientConfig, AlertError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = Vec::new();
    for given in &network.roots {
        roots.extend(certificates(given)?);
    }
    let verifier = if roots.is_empty() {
        Verifier::new(Arc::clone(&provider))
    } else {
        Verifier::new_with_extra_roots(roots, Arc::clone(&provider))
    };
    let verifier = verifier.map_err(|error| wrong(&format!("certificates cannot be checked: {error}")))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&format!("there can be no TLS: {error}")))?
        .dangerous() // the name of the method; the verifier is that of the platform
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, AlertError> {
    if !bytes.starts_with(b"-----BEGIN") {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    CertificateDer::pem_slice_iter(bytes)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| wrong("a root certificate is neither PEM nor DER"))
}

fn wrong(what: &str) -> AlertError {
    AlertError::Network { what: what.to_owned() }
}

/// An error and its causes in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::{TcpListener, TcpStream},
        thread,
    };

    use url::Url;

    use super::*;
    use crate::engine::backoff;

    fn send(network: &Network, url: &str) -> Result<Answer, NoAnswer> {
        let client = Client::new(network).unwrap();
        let request = HttpRequest::json(Method::Post, &Url::parse(url).unwrap(), "{}".into());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(client.send(request))
    }

    /// A port of this machine, and what comes to it.
    fn listen(then: impl FnOnce(TcpStream) + Send + 'static) -> (u16, thread::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        (port, thread::spawn(move || then(listener.accept().unwrap().0)))
    }

    #[test]
    fn a_name_behind_which_there_is_no_public_address_is_not_even_connected_to() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://localhost:{}/hook", listener.local_addr().unwrap().port());
        let NoAnswer(why) = send(&Network::default(), &url).unwrap_err();
        assert!(why.contains("no public address") && !why.contains("hook"), "{why}");
        assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
        // the same name, allowed
        let mut network = Network::default();
        network.allow("localhost");
        let (port, connected) = listen(drop);
        assert!(send(&network, &format!("http://localhost:{port}/hook")).is_err());
        connected.join().unwrap();
    }

    #[test]
    fn a_name_that_nobody_knows_is_no_answer_and_no_address_is_told() {
        let NoAnswer(why) = send(&Network::default(), "https://nobody.invalid/secretpath").unwrap_err();
        assert!(!why.contains("secretpath"), "{why}");
    }

    #[test]
    fn of_a_body_without_end_the_first_part_is_read() {
        let (port, endless) = listen(|mut stream| {
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(b"HTTP/1.1 500 no\r\ncontent-length: 1000000000000\r\n\r\n");
            while stream.write_all(&[b'x'; 16 * 1024]).is_ok() {}
        });
        let mut network = Network::default();
        network.allow("127.0.0.1");
        let answer = send(&network, &format!("http://127.0.0.1:{port}/")).unwrap();
        assert_eq!((answer.status, answer.body.len()), (500, MAX_BODY));
        assert_eq!(answer.describe(), "500");
        endless.join().unwrap();
    }

    #[test]
    fn a_request_its_pause_and_a_second_one_fit_in_the_time_that_is_promised() {
        const PROMISE: Duration = Duration::from_secs(5);
        assert!(CONNECT_WITHIN < ANSWER_WITHIN);
        assert!(ANSWER_WITHIN * 2 + backoff::FIRST < PROMISE);
        assert!(ANSWER_WITHIN > Duration::from_secs(2), "a stall of 2 s is no failure");
    }
}
