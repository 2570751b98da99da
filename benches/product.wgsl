// C = A B in plain floats, a tile of 64 × 64 a workgroup, from tiles of A and B that
// its threads read together: what any WebGPU program would write. What the network's
// linear layers are measured by.

const TILE = 64u;
const STEP = 16u;

struct Shape {
  rows: u32,
  inner: u32,
  columns: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;

var<workgroup> left: array<array<f32, STEP>, TILE>;
var<workgroup> right: array<array<f32, TILE>, STEP>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = group.y * TILE;
  let column = group.x * TILE;
  var sums: array<array<f32, 4>, 4>;
  for (var start = 0u; start < shape.inner; start += STEP) {
    for (var at = thread; at < TILE * STEP; at += 256u) {
      left[at / STEP][at % STEP] = a[(row + at / STEP) * shape.inner + start + at % STEP];
      right[at / TILE][at % TILE] = b[(start + at / TILE) * shape.columns + column + at % TILE];
    }
    workgroupBarrier();
    for (var k = 0u; k < STEP; k++) {
      var beside: array<f32, 4>;
      for (var j = 0u; j < 4u; j++) {
        beside[j] = right[k][local.x + 16u * j];
      }
      for (var i = 0u; i < 4u; i++) {
        let value = left[local.y * 4u + i][k];
        for (var j = 0u; j < 4u; j++) {
          sums[i][j] += value * beside[j];
        }
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    for (var j = 0u; j < 4u; j++) {
      c[(row + local.y * 4u + i) * shape.columns + column + local.x + 16u * j] = sums[i][j];
    }
  }
}
