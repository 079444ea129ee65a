//! Any bytes as a record: a line of syslog.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| logger_core::fuzzing::rfc5424(input));
