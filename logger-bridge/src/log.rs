//! Records of the crate `log`.

use log::kv::{self, VisitSource, VisitValue};
use logger_core::{Level, Logger};

use crate::{
    AlreadyInstalled,
    field::{Chain, Field, Fields, text_of},
    intern::intern,
    send::{is_wanted, send},
};

/// Takes all records of the crate `log` from now on.
///
/// # Errors
///
/// [`AlreadyInstalled`]
pub fn install(logger: &Logger) -> Result<(), AlreadyInstalled> {
    let bridge = LogBridge::new(logger);
    log::set_boxed_logger(Box::new(bridge)).map_err(|_| AlreadyInstalled { of: "log" })?;
    // the level of the logger may change: it is asked for each record
    log::set_max_level(log::LevelFilter::Trace);
    Ok(())
}

/// A `log::Log` that passes records on, for programs that combine several.
#[derive(Debug)]
pub struct LogBridge {
    logger: Logger,
}

impl LogBridge {
    /// Passes records on to `logger`.
    pub fn new(logger: &Logger) -> Self {
        LogBridge { logger: logger.clone() }
    }
}

impl log::Log for LogBridge {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        is_wanted(&self.logger, level(metadata.level()))
    }

    fn log(&self, record: &log::Record<'_>) {
        let level = level(record.level());
        if !is_wanted(&self.logger, level) {
            return;
        }
        let known = |fixed: Option<&'static str>, given: Option<&str>| {
            fixed.or_else(|| intern(given?)).unwrap_or_default()
        };
        let file = known(record.file_static(), record.file());
        let module = known(record.module_path_static(), record.module_path());
        let mut fields = Collected(Fields::default());
        // a source that fails has given what it could
        let _ = record.key_values().visit(&mut fields);
        if record.target() != module {
            fields.0.add("target", Field::Text(record.target().into()));
        }
        send(&self.logger, level, (file, module, record.line().unwrap_or(0)), *record.args(), &fields.0);
    }

    fn flush(&self) {
        // a deadline that passed is in the figures
        let _ = slog::Drain::flush(&self.logger);
    }
}

fn level(level: log::Level) -> Level {
    match level {
        log::Level::Error => Level::Error,
        log::Level::Warn => Level::Warning,
        log::Level::Info => Level::Info,
        log::Level::Debug => Level::Debug,
        log::Level::Trace => Level::Trace,
    }
}

struct Collected(Fields);

impl<'kvs> VisitSource<'kvs> for Collected {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        let mut typed = Typed(Field::Null);
        value.visit(&mut typed)?;
        self.0.add(intern(key.as_str()).unwrap_or("too_many_keys"), typed.0);
        Ok(())
    }
}

struct Typed(Field);

impl<'v> VisitValue<'v> for Typed {
    fn visit_any(&mut self, value: kv::Value<'_>) -> Result<(), kv::Error> {
        self.0 = Field::Text(text_of(format_args!("{value}")));
        Ok(())
    }

    fn visit_null(&mut self) -> Result<(), kv::Error> {
        self.0 = Field::Null;
        Ok(())
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), kv::Error> {
        self.0 = Field::U64(value);
        Ok(())
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), kv::Error> {
        self.0 = Field::I64(value);
        Ok(())
    }

    fn visit_u128(&mut self, value: u128) -> Result<(), kv::Error> {
        self.0 = Field::U128(value);
        Ok(())
    }

    fn visit_i128(&mut self, value: i128) -> Result<(), kv::Error> {
        self.0 = Field::I128(value);
        Ok(())
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), kv::Error> {
        self.0 = Field::F64(value);
        Ok(())
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), kv::Error> {
        self.0 = Field::Bool(value);
        Ok(())
    }

    fn visit_str(&mut self, value: &str) -> Result<(), kv::Error> {
        self.0 = Field::Text(value.into());
        Ok(())
    }

    fn visit_error(&mut self, value: &(dyn std::error::Error + 'static)) -> Result<(), kv::Error> {
        self.0 = Field::Error(Chain::of(value));
        Ok(())
    }
    fn visit_borrowed_error(
        &mut self,
        value: &'v (dyn std::error::Error + 'static),
    ) -> Result<(), kv::Error> {
        self.visit_error(value)
    }
}
