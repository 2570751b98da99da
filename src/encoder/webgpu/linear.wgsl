// y = then(x Wᵀ + b) over int8 weights, unpacked as they are read, for adapters
// without packed products, or where those are slower. Each thread has ROWS rows and
// four outputs, all in registers: it waits for no other thread, and threads side by
// side read weights side by side. Quad is what four products are made in: vec4f, or
// vec4h where the adapter has that and it is faster.

// [inputs][outputs / 4], four int8 in each.
@group(0) @binding(1) var<storage, read> weights: array<u32>;
@group(0) @binding(5) var<storage, read> x: array<vec4f>;

// Weights between -1 and 1, whose products stay far from the largest f16; a power of
// two loses nothing.
const UNIT = 128.0;

fn unpack(packed: u32) -> Quad {
  let whole = bitcast<vec4i>(vec4u(packed) << vec4u(24, 16, 8, 0)) >> vec4u(24);
  return Quad(vec4f(whole) / UNIT);
}

@compute @workgroup_size(THREADS.x, THREADS.y)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let mine = place(group, local);
  if (is_outside(mine)) {
    return;
  }
  var sums: array<vec4f, ROWS>;
  for (var quad = 0u; quad < INPUTS / 4u; quad++) {
    let at = quad * OUTPUTS + mine.column;
    let a = unpack(weights[at]);
    let b = unpack(weights[at + OUTPUTS / 4u]);
    let c = unpack(weights[at + OUTPUTS / 2u]);
    let d = unpack(weights[at + OUTPUTS / 4u * 3u]);
    for (var i = 0u; i < ROWS; i++) {
      let row = Quad(x[row_to_read(mine.row + i) * (INPUTS / 4u) + quad]);
      sums[i] += vec4f(row.x * a + row.y * b + row.z * c + row.w * d);
    }
  }
  for (var i = 0u; i < ROWS; i++) {
    write(mine.row + i, mine.column, sums[i] * (UNIT * scales[mine.column]));
  }
}
