// Softmax attention of one token and one head over the token's own window, 64
// keys at a time: nothing but the answer is materialised. Windows lie one after
// the other, so none needs padding and none sees another.

override HEADS: u32;
// At most THREADS.
override SIZE: u32;

@group(0) @binding(0) var<storage, read> windows: array<vec2u>;
// [tokens][query, key, value][heads][size]
@group(0) @binding(1) var<storage, read> states: array<f32>;
@group(0) @binding(2) var<storage, read_write> context: array<f32>;

const THREADS = 64u;
var<workgroup> query: array<f32, THREADS>;
var<workgroup> scores: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let token = group.x;
  let head = group.y * SIZE;
  let width = HEADS * SIZE;
  if (thread < SIZE) {
    query[thread] = states[token * 3u * width + head + thread] / sqrt(f32(SIZE));
  }
  let window = windows[token];
  var largest = -3e38;
  var weight = 0.0;
  var sum = 0.0;
  for (var first = window.x; first < window.y; first += THREADS) {
    workgroupBarrier();
    let key = first + thread;
    var score = -3e38;
    if (key < window.y) {
      let at = (key * 3u + 1u) * width + head;
      score = 0.0;
      for (var i = 0u; i < SIZE; i++) {
        score += query[i] * states[at + i];
      }
    }
    scores[thread] = score;
    workgroupBarrier();
    let keys = min(THREADS, window.y - first);
    var now = largest;
    for (var i = 0u; i < keys; i++) {
      now = max(now, scores[i]);
    }
    let shrink = exp(largest - now);
    weight *= shrink;
    sum *= shrink;
    largest = now;
    workgroupBarrier();
    scores[thread] = exp(score - now);
    workgroupBarrier();
    for (var i = 0u; i < keys; i++) {
      weight += scores[i];
      if (thread < SIZE) {
        sum += scores[i] * states[((first + i) * 3u + 2u) * width + head + thread];
      }
    }
  }
  if (thread < SIZE) {
    context[token * width + head + thread] = sum / weight;
  }
}
