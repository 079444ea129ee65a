//! Documents that come from the table of keys.

#[cfg(test)]
mod readme;
mod schema;
mod template;

pub use self::{schema::schema, template::default_toml};

/// The words of a key on one line.
fn words(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}
