//! The documents show what is there.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod documents;

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).parent().unwrap().into()
}
