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
