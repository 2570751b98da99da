//! The clock of the two places that the program runs at.

/// Tells how long something takes.
#[cfg(not(target_arch = "wasm32"))]
pub struct Stopwatch(std::time::Instant);

#[cfg(not(target_arch = "wasm32"))]
impl Stopwatch {
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Since the start.
    pub fn milliseconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64() * 1e3
    }
}

/// Tells how long something takes.
#[cfg(target_arch = "wasm32")]
pub struct Stopwatch(f64);

#[cfg(target_arch = "wasm32")]
impl Stopwatch {
    pub fn start() -> Self {
        Self(Self::now())
    }

    /// Since the start.
    pub fn milliseconds(&self) -> f64 {
        Self::now() - self.0
    }

    fn now() -> f64 {
        use wasm_bindgen::JsCast;
        let performance = js_sys::Reflect::get(&js_sys::global(), &"performance".into());
        performance.map_or(0.0, |found| found.unchecked_into::<web_sys::Performance>().now())
    }
}
