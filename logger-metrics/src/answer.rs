//! What a request gets.

use std::net::IpAddr;

use hyper::{
    Method, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS},
    http::request::Parts,
};
use logger_core::{Condition, Pipeline};

/// What `/metrics` is, as Prometheus wants to hear it.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// The answer to a request with these headers; its body is not read.
pub(crate) fn answer(request: &Parts, pipeline: &Pipeline) -> Response<String> {
    if !is_for_this_machine(request) {
        let why = "the host of the request is not this machine; allowed are addresses and `localhost`\n";
        return response(StatusCode::FORBIDDEN, TEXT, why.into());
    }
    if !matches!(request.method, Method::GET | Method::HEAD) {
        let mut refusal = response(StatusCode::METHOD_NOT_ALLOWED, TEXT, "allowed are GET and HEAD\n".into());
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refusal;
    }
    match request.uri.path() {
        "/metrics" => response(StatusCode::OK, EXPOSITION, pipeline.health().to_prometheus()),
        "/health" => {
            let health = pipeline.health();
            let status = match health.condition() {
                Condition::Ok | Condition::Degraded => StatusCode::OK,
                Condition::Failing => StatusCode::SERVICE_UNAVAILABLE,
            };
            response(status, JSON, health.to_json())
        }
        _ => response(StatusCode::NOT_FOUND, TEXT, "there are /metrics and /health\n".into()),
    }
}

fn response(status: StatusCode, kind: &'static str, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Whether the request names an address or `localhost`. A request without a host comes from no browser.
fn is_for_this_machine(request: &Parts) -> bool {
    let Some(host) = request.headers.get("host") else { return true };
    let Ok(host) = host.to_str() else { return false };
    let Ok(authority) = host.parse::<hyper::http::uri::Authority>() else { return false };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}
