// y = then(x Wᵀ + b) over int8 weights, unpacked as they are read: 32 rows and
// 32 outputs a workgroup, 4 × 4 of them a thread.

override INPUTS: u32;
override OUTPUTS: u32;
// As `Then` in Rust: 0 stores, 1 stores GELU, 2 adds to what is there.
override THEN: u32;

struct Shape {
  tokens: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
// [outputs][inputs / 4], four int8 in each.
@group(0) @binding(1) var<storage, read> weights: array<u32>;
// The size of a weight's step, and the bias.
@group(0) @binding(2) var<storage, read> scale_and_bias: array<vec2f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

const TILE = 32u;
const SIDE = 8u;
// Groups of four inputs that a step takes.
const DEPTH = 8u;
var<workgroup> rows: array<vec4f, TILE * DEPTH>;
var<workgroup> columns: array<vec4f, TILE * DEPTH>;

fn unpack(packed: u32) -> vec4f {
  return vec4f(bitcast<vec4i>(vec4u(packed) << vec4u(24, 16, 8, 0)) >> vec4u(24));
}

// x Φ(x), by the polynomials of `kernels/math.rs`.
fn gelu(x: f32) -> f32 {
  let z = min(abs(x), 5.2);
  let u = z * z;
  let p = ((((-6.130399e-9 * u + 5.066823e-7) * u + 4.2796666e-5) * u + 7.3949546e-3) * u
    + 4.936124e-2) * u + 7.978896e-1;
  let q = ((1.0649932e-3 * u + 2.2316784e-2) * u + 2.2856335e-1) * u + 1.0;
  return 0.5 * (x + abs(x) * (z * p / q));
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let first_row = group.y * TILE;
  let first_column = group.x * TILE;
  let quads = INPUTS / 4u;
  var sums: array<vec4f, 4>;
  for (var base = 0u; base < quads; base += DEPTH) {
    for (var slot = thread; slot < TILE * DEPTH; slot += SIDE * SIDE) {
      let quad = base + slot % DEPTH;
      let row = first_row + slot / DEPTH;
      let column = first_column + slot / DEPTH;
      var values = vec4f();
      var weight = vec4f();
      if (quad < quads && row < shape.tokens) {
        values = x[row * quads + quad];
      }
      if (quad < quads && column < OUTPUTS) {
        weight = unpack(weights[column * quads + quad]);
      }
      rows[slot] = values;
      columns[slot] = weight;
    }
    workgroupBarrier();
    for (var depth = 0u; depth < DEPTH; depth++) {
      let a = columns[local.x * DEPTH + depth];
      let b = columns[(local.x + SIDE) * DEPTH + depth];
      let c = columns[(local.x + 2u * SIDE) * DEPTH + depth];
      let d = columns[(local.x + 3u * SIDE) * DEPTH + depth];
      for (var i = 0u; i < 4u; i++) {
        let row = rows[(local.y + i * SIDE) * DEPTH + depth];
        sums[i] += vec4f(dot(row, a), dot(row, b), dot(row, c), dot(row, d));
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    let row = first_row + local.y + i * SIDE;
    for (var j = 0u; j < 4u; j++) {
      let column = first_column + local.x + j * SIDE;
      if (row >= shape.tokens || column >= OUTPUTS) {
        continue;
      }
      let terms = scale_and_bias[column];
      let value = sums[i][j] * terms.x + terms.y;
      let at = row * OUTPUTS + column;
      if (THEN == 1u) {
        y[at] = gelu(value);
      } else if (THEN == 2u) {
        y[at] += value;
      } else {
        y[at] = value;
      }
    }
  }
}
