//! The JavaScript boundary: thin, typed, no logic.
//!
//! Every failure becomes a JavaScript `Error` with a `code`; a job is run a window
//! at a time, so that the worker that owns it can serve others in between or drop
//! it. Built with the feature `gpu` it is another module: DistilBERT's windows on a
//! graphics processor, and nothing else.

#[cfg(feature = "bench")]
mod bench;
mod contents;
#[cfg(not(feature = "gpu"))]
mod engine;
#[cfg(not(feature = "gpu"))]
mod evaluate;
#[cfg(feature = "gpu")]
mod gpu;
#[cfg(not(feature = "gpu"))]
mod trial;

use js_sys::{Error as JsError, Reflect};
use wasm_bindgen::prelude::*;

use crate::error::Error;

/// Shows a panic's message on the console: it would be a defect.
#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// Sets a property of a plain object, which cannot fail.
fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

/// A JavaScript `Error` with `message`, `code` and, where there is one, `cause`.
fn to_js(error: Error) -> JsError {
    let js = JsError::new(&error.to_string());
    set(&js, "code", &error.kind().code().into());
    if let Some(cause) = std::error::Error::source(&error) {
        js.set_cause(&cause.to_string().into());
    }
    js
}
