// Each row's activations as whole steps of its own, from -STEPS to STEPS, in two int8
// digits: 128 high + low. One workgroup a row.

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
// [tokens][inputs / 4][high, low][4]
@group(0) @binding(1) var<storage, read_write> digits: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> steps: array<f32>;

const THREADS = 64u;
const QUADS = INPUTS / 4u;
// A row smaller than this is zero: its inverse would not be finite.
const SMALLEST = 1e-30;
var<workgroup> largest: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = group.x * QUADS;
  var most = vec4f();
  for (var i = thread; i < QUADS; i += THREADS) {
    most = max(most, abs(x[row + i]));
  }
  largest[thread] = max(max(most.x, most.y), max(most.z, most.w));
  for (var stride = THREADS / 2u; stride > 0u; stride /= 2u) {
    workgroupBarrier();
    if (thread < stride) {
      largest[thread] = max(largest[thread], largest[thread + stride]);
    }
  }
  workgroupBarrier();
  let factor = select(0.0, f32(STEPS) / largest[0], largest[0] > SMALLEST);
  for (var i = thread; i < QUADS; i += THREADS) {
    let value = vec4i(round(x[row + i] * factor));
    let high = (value + 64) >> vec4u(7);
    digits[row + i] = vec2u(pack4xI8(high), pack4xI8(value - high * 128));
  }
  if (thread == 0u) {
    steps[group.x] = largest[0] / f32(STEPS);
  }
}
