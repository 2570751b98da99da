// Softmax attention of one token and one head a thread, over the token's own
// window, key by key: no weight is kept, only what all came to. Windows lie one after
// the other, so none needs padding and none sees another.

@group(0) @binding(3) var<storage, read_write> context: array<vec4f>;
// [tokens][heads][largest score, sum of weights]
@group(0) @binding(4) var<storage, read_write> weighed: array<vec2f>;

@compute @workgroup_size(THREADS)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  let token = thread.x;
  if (token >= shape.tokens) {
    return;
  }
  let head = thread.y * QUADS;
  var query: array<vec4f, QUADS>;
  for (var i = 0u; i < QUADS; i++) {
    query[i] = states[token * 3u * WIDTH + head + i] / sqrt(f32(SIZE));
  }
  let window = windows[token];
  var largest = -3e38;
  var weight = 0.0;
  var sums: array<vec4f, QUADS>;
  for (var key = window.x; key < window.y; key++) {
    let at = (key * 3u + 1u) * WIDTH + head;
    var products = vec4f();
    for (var i = 0u; i < QUADS; i++) {
      products += query[i] * states[at + i];
    }
    let score = dot(products, vec4f(1.0));
    // What was summed is put on the scale of the largest score so far (Milakov and
    // Gimelshein 2018).
    let now = max(largest, score);
    let shrink = exp(largest - now);
    let share = exp(score - now);
    largest = now;
    weight = weight * shrink + share;
    for (var i = 0u; i < QUADS; i++) {
      sums[i] = sums[i] * shrink + share * states[at + WIDTH + i];
    }
  }
  weighed[token * HEADS + thread.y] = vec2f(largest, weight);
  for (var i = 0u; i < QUADS; i++) {
    context[token * WIDTH + head + i] = sums[i] / weight;
  }
}
