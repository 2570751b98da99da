// y = then(x Wᵀ + b) over int8 weights, unpacked as they are read, for adapters
// without packed products, or where those are slower. Each thread has ROWS rows and
// four outputs, all in registers: it waits for no other thread, and threads side by
// side read weights side by side.

const THREADS = vec2u(32, 2);
const ROWS = 8u;

struct Shape {
  tokens: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
// [inputs][outputs / 4], four int8 in each.
@group(0) @binding(1) var<storage, read> weights: array<u32>;
// The size of a weight's step, and the bias, of four outputs each.
@group(0) @binding(2) var<storage, read> scales: array<vec4f>;
@group(0) @binding(3) var<storage, read> biases: array<vec4f>;
@group(0) @binding(4) var<storage, read> x: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4f>;

fn unpack(packed: u32) -> vec4f {
  return vec4f(bitcast<vec4i>(vec4u(packed) << vec4u(24, 16, 8, 0)) >> vec4u(24));
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
  var sums: array<vec4f, ROWS>;
  for (var quad = 0u; quad < INPUTS / 4u; quad++) {
    let at = quad * OUTPUTS + column;
    let a = unpack(weights[at]);
    let b = unpack(weights[at + OUTPUTS / 4u]);
    let c = unpack(weights[at + OUTPUTS / 2u]);
    let d = unpack(weights[at + OUTPUTS / 4u * 3u]);
    for (var i = 0u; i < ROWS; i++) {
      let row = x[min(first + i, last) * (INPUTS / 4u) + quad];
      sums[i] += row.x * a + row.y * b + row.z * c + row.w * d;
    }
  }
  let rows = min(ROWS, shape.tokens - first);
  for (var i = 0u; i < rows; i++) {
    let at = (first + i) * (OUTPUTS / 4u) + column;
    y[at] = then(y[at], sums[i] * scales[column] + biases[column]);
  }
}
