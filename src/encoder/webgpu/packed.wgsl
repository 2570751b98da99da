// y = then(x Wᵀ + b), four int8 products an instruction: the very sums of the
// processor's kernels, whose activations of 14 bits come as two digits
// (`quantize.wgsl`). Each thread has ROWS rows and four outputs.

const THREADS = vec2u(32, 2);
const ROWS = 8u;

struct Shape {
  tokens: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
// [inputs / 4][outputs][4]
@group(0) @binding(1) var<storage, read> weights: array<vec4u>;
// The size of a weight's step, and the bias, of four outputs each.
@group(0) @binding(2) var<storage, read> scales: array<vec4f>;
@group(0) @binding(3) var<storage, read> biases: array<vec4f>;
// [tokens][inputs / 4][high, low][4]
@group(0) @binding(4) var<storage, read> x: array<vec2u>;
// The size of a step of each token's activations.
@group(0) @binding(5) var<storage, read> steps: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4f>;

fn products(quads: vec4u, digits: u32) -> vec4i {
  return vec4i(
    dot4I8Packed(quads.x, digits),
    dot4I8Packed(quads.y, digits),
    dot4I8Packed(quads.z, digits),
    dot4I8Packed(quads.w, digits),
  );
}

@compute @workgroup_size(THREADS.x, THREADS.y)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let column = group.y * THREADS.x + local.x;
  let first = (group.x * THREADS.y + local.y) * ROWS;
  if (column >= OUTPUTS / 4u || first >= shape.tokens) {
    return;
  }
  // Rows beyond the last are read as the last, and not written.
  let last = shape.tokens - 1u;
  var sums: array<vec4i, ROWS>;
  for (var quad = 0u; quad < INPUTS / 4u; quad++) {
    let quads = weights[quad * (OUTPUTS / 4u) + column];
    for (var i = 0u; i < ROWS; i++) {
      let digits = x[min(first + i, last) * (INPUTS / 4u) + quad];
      sums[i] += products(quads, digits.x) * 128 + products(quads, digits.y);
    }
  }
  let rows = min(ROWS, shape.tokens - first);
  for (var i = 0u; i < rows; i++) {
    let at = (first + i) * (OUTPUTS / 4u) + column;
    let sum = vec4f(sums[i]) * (steps[first + i] * scales[column]);
    y[at] = then(y[at], sum + biases[column]);
  }
}
