#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zkmargin_properties::manifest(bytes));
