//! Any bytes as a record: a line of JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| logger_core::fuzzing::json(input));
