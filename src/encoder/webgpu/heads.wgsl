// What attention and `moved.wgsl` share: one token and one head a thread, and the
// states of all.

const THREADS = 64u;
const QUADS = SIZE / 4u;
const WIDTH = HEADS * QUADS;

struct Shape {
  tokens: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> windows: array<vec2u>;
// [tokens][query, key, value][heads][size / 4]
@group(0) @binding(2) var<storage, read> states: array<vec4f>;
