//! The programs of LLVM that read the counters. They have to be of the version that this compiler is built on: rustup's own,
//! or a distribution's.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use crate::command;

/// What cargo-llvm-cov reads where they are from.
const VARIABLES: [(&str, &str); 2] = [("LLVM_COV", "llvm-cov"), ("LLVM_PROFDATA", "llvm-profdata")];

/// Where `llvm-cov` and `llvm-profdata` are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LlvmTools {
    /// Where cargo-llvm-cov finds them by itself: the variables are set, or rustup has its component.
    Known,
    /// In this folder.
    In(PathBuf),
}

impl LlvmTools {
    /// # Errors
    ///
    /// If there are none; the message says how to get them.
    pub(crate) fn find() -> anyhow::Result<Self> {
        if VARIABLES.iter().all(|(variable, _)| env::var_os(variable).is_some()) {
            return Ok(LlvmTools::Known);
        }
        let version = command::output(Command::new("rustc").arg("-vV"))?;
        let sysroot = command::output(Command::new("rustc").args(["--print", "sysroot"]))?;
        let host = value(&version, "host: ").context("rustc does not say its host")?;
        let component = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin");
        if has_both(&component) {
            return Ok(LlvmTools::Known);
        }
        let major = major(&version).context("rustc does not say its version of LLVM")?;
        let of_debian = PathBuf::from(format!("/usr/lib/llvm-{major}/bin"));
        if has_both(&of_debian) {
            return Ok(LlvmTools::In(of_debian));
        }
        bail!(
            "llvm-cov and llvm-profdata {major} are not installed; `rustup component add llvm-tools`, or on Debian \
             `apt-get install llvm-{major}`, or name them in LLVM_COV and LLVM_PROFDATA"
        );
    }

    /// Tells a call of cargo-llvm-cov.
    pub(crate) fn tell(&self, call: &mut Command) {
        if let LlvmTools::In(folder) = self {
            for (variable, program) in VARIABLES {
                call.env(variable, folder.join(program));
            }
        }
    }
}

fn has_both(folder: &Path) -> bool {
    VARIABLES
        .iter()
        .all(|(_, program)| folder.join(format!("{program}{}", env::consts::EXE_SUFFIX)).is_file())
}

fn value<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(name))
}

/// The first number of the version of LLVM; files of counters change with it.
fn major(version: &str) -> Option<&str> {
    value(version, "LLVM version: ")?.split('.').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_compilers_own_llvm() {
        let version = "rustc 1.95.0\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\nLLVM version: 22.1.2\n";
        assert_eq!(major(version), Some("22"));
        assert_eq!(value(version, "host: "), Some("x86_64-unknown-linux-gnu"));
        assert_eq!(major("rustc 1.95.0\n"), None);
    }
}
