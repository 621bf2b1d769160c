#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zkmargin_properties::policy(bytes));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    zkmargin_fuzz::change_json(data, size, max_size, seed)
});
