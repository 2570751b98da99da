// y = then(x Wᵀ + b), four int8 products an instruction: the very sums of the
// processor's kernels, whose activations of 14 bits come as two digits
// (`quantize.wgsl`). Each thread has ROWS rows and four outputs.

// [inputs / 4][outputs][4]
@group(0) @binding(1) var<storage, read> weights: array<vec4u>;
// [tokens][inputs / 4][high, low][4]
@group(0) @binding(5) var<storage, read> x: array<vec2u>;
// The size of a step of each token's activations.
@group(0) @binding(6) var<storage, read> steps: array<f32>;

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
  let mine = place(group, local);
  if (is_outside(mine)) {
    return;
  }
  var sums: array<vec4i, ROWS>;
  for (var quad = 0u; quad < INPUTS / 4u; quad++) {
    let quads = weights[quad * (OUTPUTS / 4u) + mine.column];
    for (var i = 0u; i < ROWS; i++) {
      let digits = x[row_to_read(mine.row + i) * (INPUTS / 4u) + quad];
      sums[i] += products(quads, digits.x) * 128 + products(quads, digits.y);
    }
  }
  for (var i = 0u; i < ROWS; i++) {
    let row = mine.row + i;
    let step = steps[row_to_read(row)] * scales[mine.column];
    write(row, mine.column, vec4f(sums[i]) * step);
  }
}
