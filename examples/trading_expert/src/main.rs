//! Three experts trade twenty years of daily bars.
#![forbid(unsafe_code)]

fn main() {}
