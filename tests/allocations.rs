//! What a window allocates once the buffers are there: its answer, nothing else.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;

use plotlens::artefact::Manifest;
use plotlens::classify::{Ask, Classifier};
use plotlens::encoder::Workspace;

/// The system's allocator, counting the bytes that this thread asks for.
struct Counting;

thread_local!(static ALLOCATED: Cell<usize> = const { Cell::new(0) });

#[allow(unsafe_code)]
// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.set(ALLOCATED.get() + layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn classifier() -> Classifier {
    let file = |name: &str| fs::read(format!("www/model/{name}")).unwrap();
    let manifest = Manifest::read(&String::from_utf8(file("manifest.json")).unwrap()).unwrap();
    let mut classifier = Classifier::new(manifest.clone()).unwrap();
    for entry in &manifest.files {
        classifier.load(&entry.path, file(&entry.path)).unwrap();
    }
    classifier
}

#[test]
fn a_second_window_of_a_length_allocates_its_answer_and_nothing_else() {
    let classifier = classifier();
    let mut workspace = Workspace::default();
    let mut run = |text: String| {
        let mut job = classifier.start(text, Ask::All).unwrap();
        let before = ALLOCATED.get();
        while !classifier.step(&mut job, &mut workspace).unwrap() {}
        let allocated = ALLOCATED.get() - before;
        (classifier.finish(job).unwrap().tokens, allocated)
    };
    let text = |words: usize| "A sheriff and an outlaw meet at dawn ".repeat(words / 8);
    let (_, first) = run(text(160));
    for words in [160, 40, 160] {
        let (tokens, allocated) = run(text(words));
        // Ids, and for every token and genre a contribution, in vectors that grow by doubling.
        let answer = 4 * 21 * 2 * (tokens + 32);
        assert!(allocated <= answer, "{allocated} bytes for {tokens} tokens");
        assert!(allocated < first / 4, "{allocated} of {first} bytes");
    }
}
