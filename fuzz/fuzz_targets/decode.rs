//! Any bytes as a record: no panic, and what is one becomes a line of JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| logger_core::fuzzing::decode(input));
