//! Certificates, good and bad ones.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// What the server shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// By an authority that [`Server::authority`](crate::Server::authority) names, for `localhost`.
    Good,
    /// The same, for another host.
    OtherHost,
    /// The same, and its time is over.
    Expired,
    /// By itself.
    SelfSigned,
}

/// The configuration of a server, and the authority in PEM.
pub(crate) fn config(
    certificate: Certificate,
) -> Result<(Arc<ServerConfig>, String), Box<dyn std::error::Error>> {
    let key = KeyPair::generate()?;
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "test authority");
    let ca = authority.self_signed(&key)?;
    let issuer = Issuer::new(authority, key);
    let host = if certificate == Certificate::OtherHost { "elsewhere.example" } else { "localhost" };
    let mut params = CertificateParams::new(vec![host.to_owned()])?;
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = if certificate == Certificate::Expired {
        date_time_ymd(2021, 1, 1)
    } else {
        date_time_ymd(2100, 1, 1)
    };
    let key = KeyPair::generate()?;
    let leaf = match certificate {
        Certificate::SelfSigned => params.self_signed(&key)?,
        _ => params.signed_by(&key, &issuer)?,
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)?;
    Ok((Arc::new(config), ca.pem()))
}
