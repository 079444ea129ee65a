//! Any bytes before a secret: it does not come through.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| logger_core::fuzzing::mask(input));
