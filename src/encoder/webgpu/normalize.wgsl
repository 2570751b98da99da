// Layer normalisation of each row, in place (epsilon 1e-12, DistilBERT's), and what
// the row was multiplied by. One workgroup a row.

@group(0) @binding(0) var<storage, read> scale_and_shift: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> inverses: array<f32>;

const THREADS = 64u;
var<workgroup> sums: array<f32, THREADS>;

// The sum over the workgroup, in one order whatever the row.
fn total(thread: u32, value: f32) -> f32 {
  workgroupBarrier();
  sums[thread] = value;
  for (var stride = THREADS / 2u; stride > 0u; stride /= 2u) {
    workgroupBarrier();
    if (thread < stride) {
      sums[thread] += sums[thread + stride];
    }
  }
  workgroupBarrier();
  return sums[0];
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = group.x * WIDTH;
  var sum = 0.0;
  for (var i = thread; i < WIDTH; i += THREADS) {
    sum += x[row + i];
  }
  let mean = total(thread, sum) / f32(WIDTH);
  var squares = 0.0;
  for (var i = thread; i < WIDTH; i += THREADS) {
    let centred = x[row + i] - mean;
    squares += centred * centred;
  }
  let inverse = 1.0 / sqrt(total(thread, squares) / f32(WIDTH) + 1e-12);
  for (var i = thread; i < WIDTH; i += THREADS) {
    let terms = scale_and_shift[i];
    x[row + i] = (x[row + i] - mean) * inverse * terms.x + terms.y;
  }
  if (thread == 0u) {
    inverses[group.x] = inverse;
  }
}
