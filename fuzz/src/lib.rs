//! The targets of `tests/fuzz` under libFuzzer: `./build.sh fuzz`.

#[path = "../../tests/fuzz/peak.rs"]
mod peak;
#[path = "../../tests/fuzz/targets.rs"]
mod targets;

use targets::{SLACK, TARGETS};

#[global_allocator]
static PEAK: peak::Peak = peak::Peak;

/// Runs one input.
///
/// # Panics
/// Where a promise is broken.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target's name");
    let ((), most) = peak::during(|| (target.run)(bytes));
    let allowed = target.multiple * bytes.len() + SLACK;
    assert!(most <= allowed, "{most} of {allowed} bytes held for {}", bytes.len());
}
