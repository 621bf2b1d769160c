#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zkmargin_properties::log_proof(bytes));
