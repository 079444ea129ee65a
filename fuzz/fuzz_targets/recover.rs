//! Any bytes as the files of a dead process: no panic, no hang.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| logger_core::fuzzing::recover(input));
