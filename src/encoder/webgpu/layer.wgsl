// What both ways of multiplying share: where a thread works, what it reads beside the
// products, and what it does with their sums.

const THREADS = vec2u(32, 2);
const ROWS = 8u;

struct Shape {
  tokens: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
// The size of a weight's step, and the bias, of four outputs each.
@group(0) @binding(2) var<storage, read> scales: array<vec4f>;
@group(0) @binding(3) var<storage, read> biases: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;

// The four outputs of a thread, and the first of its rows.
struct Place {
  column: u32,
  row: u32,
}

fn place(group: vec3u, local: vec3u) -> Place {
  return Place(group.y * THREADS.x + local.x, (group.x * THREADS.y + local.y) * ROWS);
}

fn is_outside(at: Place) -> bool {
  return at.column >= OUTPUTS / 4u || at.row >= shape.tokens;
}

// Rows beyond the last are read as the last, and not written.
fn row_to_read(row: u32) -> u32 {
  return min(row, shape.tokens - 1u);
}

fn write(row: u32, column: u32, sums: vec4f) {
  if (row < shape.tokens) {
    let at = row * (OUTPUTS / 4u) + column;
    y[at] = then(y[at], sums + biases[column]);
  }
}

// x Φ(x), by the polynomials of `kernels/math.rs`.
fn gelu(x: vec4f) -> vec4f {
  let z = min(abs(x), vec4f(5.2));
  let u = z * z;
  let p = ((((-6.130399e-9 * u + 5.066823e-7) * u + 4.2796666e-5) * u + 7.3949546e-3) * u
    + 4.936124e-2) * u + 7.978896e-1;
  let q = ((1.0649932e-3 * u + 2.2316784e-2) * u + 2.2856335e-1) * u + 1.0;
  return 0.5 * (x + abs(x) * (z * p / q));
}

// What becomes of what is there: 0 writes the sums, 1 GELU of them, 2 adds them.
fn then(there: vec4f, sums: vec4f) -> vec4f {
  switch THEN {
    case 1u: { return gelu(sums); }
    case 2u: { return there + sums; }
    default: { return sums; }
  }
}
