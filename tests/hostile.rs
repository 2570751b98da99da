//! Damaged and hostile input of every kind: no panic, no number that is not finite,
//! and no more memory than a stated multiple of the input.

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::{env, fs};

#[path = "fuzz/peak.rs"]
mod peak;
#[path = "fuzz/targets.rs"]
mod targets;

use targets::{SLACK, TARGETS, Target};

#[global_allocator]
static PEAK: peak::Peak = peak::Peak;

/// Whole inputs to start from.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let file = |path: &str| fs::read(path).unwrap();
    let reference = |name: &str| file(&format!("tests/reference/{name}"));
    match target {
        "manifest" => vec![file("www/model/manifest.json")],
        "onnx" => [
            "tiny-mean-int4.onnx",
            "tiny-mean-fp32.onnx",
            "tiny-first.onnx",
            "tiny-first-weights-tensor.onnx",
            "tiny-first-dynamic-channel.onnx",
            "tiny-first-dynamic-uint8.onnx",
        ]
        .map(reference)
        .to_vec(),
        "tokenizer" => vec![reference("tiny-bert.tokenizer.json")],
        other => {
            let folder = fs::read_dir(format!("tests/fuzz/seeds/{other}")).unwrap();
            let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
            paths.sort();
            paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
        }
    }
}

/// Marsaglia's xorshift: the same mishaps on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    /// Some bytes of `bytes`, 64 at most.
    fn part(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(bytes.len() + 1);
        start..start + self.below((bytes.len() - start).min(64) + 1)
    }

    fn damage(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        const WORDS: [u32; 8] =
            [0, 1, 0x7f, 0xff, 0x7fff_ffff, 0xffff_ffff, 0x7f80_0000, 0x7f7f_ffff];
        let part = self.part(bytes);
        match self.below(7) {
            0 if !bytes.is_empty() => {
                let at = self.below(bytes.len());
                bytes[at] ^= 1 << self.below(8);
            }
            1 => {
                let word = WORDS[self.below(WORDS.len())].to_le_bytes();
                let end = bytes.len().min(part.start + 4);
                bytes.splice(part.start..end, word);
            }
            2 => drop(bytes.drain(part)),
            3 => {
                let copy = bytes[part.clone()].repeat(1 + self.below(32));
                bytes.splice(part.end..part.end, copy);
            }
            4 => {
                let from = self.part(other);
                bytes.splice(part, other[from].iter().copied());
            }
            5 => bytes.truncate(part.end),
            _ => {
                let byte = self.below(256) as u8;
                bytes[part].fill(byte);
            }
        }
    }
}

/// Runs an input and says what it cost.
fn check(target: &Target, input: &[u8], name: &str) {
    let (run, most) =
        peak::during(|| panic::catch_unwind(AssertUnwindSafe(|| (target.run)(input))));
    let allowed = target.multiple * input.len() + SLACK;
    if run.is_err() || most > allowed {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.bad", target.name));
        fs::write(&path, input).unwrap();
        let cost = format!("{most} of {allowed} bytes held for {}", input.len());
        panic!("{} fails at {name} ({cost}); the input is {}", target.name, path.display());
    }
}

fn mutate(name: &str, rounds: usize) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let seeds = seeds(name);
    (target.run)(&seeds[0]); // fills what is made once
    for (number, seed) in seeds.iter().enumerate() {
        check(target, seed, &format!("seed {number}"));
    }
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for round in 0..rounds {
        let mut input = seeds[round % seeds.len()].clone();
        for _ in 0..=chance.below(4) {
            let other = chance.below(seeds.len());
            chance.damage(&mut input, &seeds[other]);
        }
        check(target, &input, &format!("round {round}"));
    }
}

#[test]
fn damaged_manifests() {
    mutate("manifest", 4_000);
}

#[test]
fn damaged_keyword_models() {
    mutate("keywords", 20_000);
}

#[test]
fn damaged_onnx_files() {
    mutate("onnx", 3_000);
}

#[test]
fn damaged_tokenizers() {
    mutate("tokenizer", 6_000);
}

#[test]
fn damaged_labelled_files() {
    mutate("labelled", 20_000);
}

#[test]
fn damaged_saved_reports() {
    mutate("saved", 20_000);
}

#[test]
fn damaged_texts() {
    mutate("text", 6_000);
}

/// The shortest items of each format, many times over.
#[test]
fn many_small_things_cost_a_stated_multiple() {
    let many = |item: &[u8]| item.repeat((1 << 18) / item.len());
    // A graph of so many bytes, in protobuf's wire format.
    let graph = |items: Vec<u8>| {
        let mut bytes = vec![0x3a];
        let mut length = items.len();
        while length > 0x7f {
            bytes.push(length as u8 | 0x80);
            length >>= 7;
        }
        bytes.push(length as u8);
        [bytes, items].concat()
    };
    let json = |item: &str| {
        let items = item.repeat((1 << 18) / item.len());
        format!("{{\"format_version\": 2, \"made\": [{items}0]}}").into_bytes()
    };
    let cases: [(&str, Vec<u8>); 10] = [
        ("onnx", graph(many(&[0x0a, 0]))),                   // nodes
        ("onnx", graph(many(&[0x2a, 0]))),                   // tensors
        ("onnx", graph(many(&[0x0a, 2, 0x2a, 0]))),          // nodes with an attribute
        ("onnx", graph(many(&[0x0a, 4, 0x0a, 0, 0x12, 0]))), // with an input and an output
        ("manifest", json("[],")),
        ("manifest", json("{\"\":0},")),
        ("tokenizer", json("[],")),
        ("labelled", [b"\0".to_vec(), many(b",")].concat()),
        ("labelled", [b"\x03[".to_vec(), many(b"{\n")].concat()),
        ("text", many(b"a ")),
    ];
    for (number, (name, input)) in cases.iter().enumerate() {
        let target = TARGETS.iter().find(|target| target.name == *name).unwrap();
        (target.run)(b"");
        check(target, input, &format!("case {number}"));
    }
}
