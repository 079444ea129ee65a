//! What is the same in every record of one start of a program.

use crate::clock::Timestamp;

/// What is the same in every record of one start of a program.
#[derive(Debug, Clone)]
pub struct Run {
    id: String,
    host_name: String,
    app_name: String,
    process_id: u32,
}

impl Run {
    /// Describes the start of a program: its `id` is made of the time and the process id, so that no two starts on
    /// one machine share it.
    pub fn new(app_name: impl Into<String>, started: Timestamp) -> Self {
        let process_id = std::process::id();
        let host_name = gethostname::gethostname().to_string_lossy().into_owned();
        let id = format!("{:x}-{process_id:x}", started.unix_nanos() / 1_000);
        Run { id, host_name, app_name: app_name.into(), process_id }
    }

    /// A fixed description, for tests that compare whole lines.
    pub fn fixed(app_name: &str, host_name: &str, process_id: u32, id: &str) -> Self {
        Run { id: id.into(), host_name: host_name.into(), app_name: app_name.into(), process_id }
    }

    /// The id of this start: hexadecimal microseconds since 1970 and process id, such as `63f1c2a9b4e10-1a2b`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name of the host, from the operating system.
    pub fn host_name(&self) -> &str {
        &self.host_name
    }

    /// The name of the application, from its configuration (by default the name of its executable).
    pub fn app_name(&self) -> &str {
        &self.app_name
    }

    /// The id of the process.
    pub fn process_id(&self) -> u32 {
        self.process_id
    }

    /// The file name of the running executable without its extension; `app` where it cannot be had.
    pub fn default_app_name() -> String {
        std::env::current_exe()
            .ok()
            .and_then(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "app".into())
    }
}
