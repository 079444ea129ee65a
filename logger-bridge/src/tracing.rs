//! Events of the crate `tracing`, with their spans.

use std::{error::Error, fmt};

use logger_core::{Level, Logger};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field as Name, Visit},
    span,
    subscriber::Interest,
};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, Filter, SubscriberExt as _},
    registry::LookupSpan,
};

use crate::{
    AlreadyInstalled,
    field::{Chain, Field, Fields, text_of},
    send::{is_wanted, send},
};

/// Takes all events of the crate `tracing` from now on.
///
/// # Errors
///
/// [`AlreadyInstalled`]
pub fn install(logger: &Logger) -> Result<(), AlreadyInstalled> {
    // with nobody else there an event that is not wanted costs next to nothing
    let subscriber = Registry::default().with(TracingLayer::new(logger).with_filter(Wanted(logger.clone())));
    tracing::subscriber::set_global_default(subscriber).map_err(|_| AlreadyInstalled { of: "tracing" })
}

/// A layer that passes events on, for programs that combine several. It takes the events of the logger's level, and hides none from
/// other layers.
///
/// An event carries the fields of the spans that it is in: of two with one key that of the event counts, then that of the inner
/// span. Their names are in `span`, such as `session:order`. What is recorded into a span later is in the events that come
/// after it.
#[derive(Debug)]
pub struct TracingLayer {
    logger: Logger,
}

impl TracingLayer {
    /// Passes events on to `logger`.
    pub fn new(logger: &Logger) -> Self {
        TracingLayer { logger: logger.clone() }
    }
}

/// The fields of a span, kept with it.
struct SpanFields(Fields);

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for TracingLayer {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let mut fields = Collected::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            // another layer of this kind has put the same there
            span.extensions_mut().replace(SpanFields(fields.fields));
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Collected::default();
        values.record(&mut fields);
        let mut extensions = span.extensions_mut();
        if let Some(SpanFields(known)) = extensions.get_mut() {
            fields.fields.iter().for_each(|(key, field)| known.set(key, field.clone()));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let level = level(*metadata.level());
        // others may have wanted it
        if !is_wanted(&self.logger, level) {
            return;
        }
        let mut collected = Collected { takes_message: true, ..Collected::default() };
        event.record(&mut collected);
        let Collected { mut fields, message, .. } = collected;
        let mut names = Vec::new();
        for span in context.event_scope(event).into_iter().flatten() {
            names.push(span.name());
            if let Some(SpanFields(of_span)) = span.extensions().get() {
                of_span.iter().for_each(|(key, field)| fields.add(key, field.clone()));
            }
        }
        if !names.is_empty() {
            names.reverse();
            fields.add("span", Field::Text(names.join(":")));
        }
        let module = metadata.module_path().unwrap_or_default();
        if metadata.target() != module {
            fields.add("target", Field::Text(metadata.target().into()));
        }
        let place = (metadata.file().unwrap_or_default(), module, metadata.line().unwrap_or(0));
        let message = message.as_deref().unwrap_or(metadata.name());
        send(&self.logger, level, place, format_args!("{message}"), &fields);
    }
}

/// What a logger takes.
struct Wanted(Logger);

impl<S> Filter<S> for Wanted {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        // a span below the level may have events above it
        metadata.is_span() || is_wanted(&self.0, level(*metadata.level()))
    }

    fn callsite_enabled(&self, _: &'static Metadata<'static>) -> Interest {
        // the level of the logger may change
        Interest::sometimes()
    }
}

fn level(level: tracing::Level) -> Level {
    match level {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warning,
        tracing::Level::INFO => Level::Info,
        tracing::Level::DEBUG => Level::Debug,
        tracing::Level::TRACE => Level::Trace,
    }
}

#[derive(Default)]
struct Collected {
    fields: Fields,
    takes_message: bool,
    message: Option<String>,
}

impl Collected {
    fn add(&mut self, name: &Name, field: Field) {
        match field {
            Field::Text(text) if self.takes_message && name.name() == "message" => self.message = Some(text),
            field => self.fields.add(name.name(), field),
        }
    }
}

impl Visit for Collected {
    fn record_f64(&mut self, name: &Name, value: f64) {
        self.add(name, Field::F64(value));
    }

    fn record_i64(&mut self, name: &Name, value: i64) {
        self.add(name, Field::I64(value));
    }

    fn record_u64(&mut self, name: &Name, value: u64) {
        self.add(name, Field::U64(value));
    }

    fn record_i128(&mut self, name: &Name, value: i128) {
        self.add(name, Field::I128(value));
    }

    fn record_u128(&mut self, name: &Name, value: u128) {
        self.add(name, Field::U128(value));
    }

    fn record_bool(&mut self, name: &Name, value: bool) {
        self.add(name, Field::Bool(value));
    }

    fn record_str(&mut self, name: &Name, value: &str) {
        self.add(name, Field::Text(value.into()));
    }

    fn record_error(&mut self, name: &Name, value: &(dyn Error + 'static)) {
        self.add(name, Field::Error(Chain::of(value)));
    }

    fn record_debug(&mut self, name: &Name, value: &dyn fmt::Debug) {
        self.add(name, Field::Text(text_of(format_args!("{value:?}"))));
    }
}
