//! Any bytes as a record: a line of text.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| logger_core::fuzzing::text(input));
