//! Layered configuration in, a running logger out.
#![forbid(unsafe_code)]
