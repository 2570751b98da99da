// y = then(x Wᵀ + b) over int8 weights, unpacked as they are read, for adapters
// without packed products, or where those are slower. Each thread has ROWS rows and
// four outputs, all in registers: it waits for no other thread, and threads side by
// side read weights side by side.

// [inputs][outputs / 4], four int8 in each.
@group(0) @binding(1) var<storage, read> weights: array<u32>;
@group(0) @binding(5) var<storage, read> x: array<vec4f>;

fn unpack(packed: u32) -> vec4f {
  return vec4f(bitcast<vec4i>(vec4u(packed) << vec4u(24, 16, 8, 0)) >> vec4u(24));
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
      let row = x[row_to_read(mine.row + i) * (INPUTS / 4u) + quad];
      sums[i] += row.x * a + row.y * b + row.z * c + row.w * d;
    }
  }
  for (var i = 0u; i < ROWS; i++) {
    write(mine.row + i, mine.column, sums[i] * scales[mine.column]);
  }
}
