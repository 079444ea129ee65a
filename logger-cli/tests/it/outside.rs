//! Programs of others that read our files.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use crate::support::{lines, path, write};

#[test]
fn lnav_reads_the_files_with_the_format_that_ships() {
    let dir = tempfile::tempdir().unwrap();
    let formats = dir.path().join(".lnav/formats/installed");
    fs::create_dir_all(&formats).unwrap();
    fs::copy(
        concat!(env!("CARGO_MANIFEST_DIR"), "/assets/logger.lnav.json"),
        formats.join("logger.lnav.json"),
    )
    .unwrap();
    write(&path(&dir, "expert.log"), &lines(1..=40));
    let query =
        ";SELECT log_level, count(*), max(seq) FROM logger_json GROUP BY log_level ORDER BY log_level";
    let lnav = Command::new("lnav")
        .args(["-n", "-c", query, "-c", ":write-csv-to -"])
        .arg(path(&dir, "expert.log"))
        .env("HOME", dir.path())
        .env_remove("XDG_CONFIG_HOME")
        .stdin(Stdio::null())
        .output();
    let output = match lnav {
        Ok(it) => it,
        Err(error) => {
            let _ =
                writeln!(std::io::stderr(), "SKIPPED: lnav (Debian package `lnav`) cannot be run: {error}");
            return;
        }
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("error,2,40") && text.contains("info,38,39"), "{text} {output:?}");
}
