#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| plotlens_fuzz::run("saved", bytes));
