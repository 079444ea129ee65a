//! Which values are masked.

use crate::{key::keys, name::KeyNames};

keys! {
    /// keys whose values are masked beside those that always are, such as `password` and `api_key`
    MASK: KeyNames = "redaction.mask", example("iban, client_code");
    /// names that are taken off the list of those, or single keys in which one stands: `base_token` keeps that key alone
    KEEP: KeyNames = "redaction.keep", example("base_token");
}
