//! The documents show what is there.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod documents;
mod excerpt;

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().into()
}
