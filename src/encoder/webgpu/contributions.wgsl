// What each token adds to each logit: its state and what is credited to it, times the
// head's weights for each, over the tokens of its window.

@group(0) @binding(0) var<storage, read> windows: array<vec2u>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> of_values: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> moved: array<f32>;
@group(0) @binding(5) var<storage, read_write> shares: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let token = group.x;
  let window = windows[token];
  for (var label = thread; label < LABELS; label += 64u) {
    var sum = 0.0;
    for (var i = 0u; i < WIDTH; i++) {
      let weight = label * WIDTH + i;
      let state = token * WIDTH + i;
      sum += weights[weight] * x[state] + of_values[weight] * moved[state];
    }
    shares[token * LABELS + label] = sum / f32(window.y - window.x);
  }
}
