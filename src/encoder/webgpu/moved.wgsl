// What is credited to other tokens than those that hold it, of one token and one head
// a thread: the values that others took from the token, less those that it was brought
// (`credit.rs`).

// [tokens][heads][largest score, sum of weights]
@group(0) @binding(3) var<storage, read> weighed: array<vec2f>;
@group(0) @binding(4) var<storage, read> context: array<vec4f>;
// One over the deviation of each token's state, before each of the layer's norms.
@group(0) @binding(5) var<storage, read> after_attention: array<f32>;
@group(0) @binding(6) var<storage, read> after_feed_forward: array<f32>;
@group(0) @binding(7) var<storage, read_write> moved: array<vec4f>;

fn scale(token: u32) -> f32 {
  return after_attention[token] * after_feed_forward[token];
}

@compute @workgroup_size(THREADS)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  let token = thread.x;
  if (token >= shape.tokens) {
    return;
  }
  let head = thread.y * QUADS;
  let at = token * 3u * WIDTH + head;
  var key: array<vec4f, QUADS>;
  for (var i = 0u; i < QUADS; i++) {
    key[i] = states[at + WIDTH + i] / sqrt(f32(SIZE));
  }
  let window = windows[token];
  var handed_on = 0.0;
  for (var query = window.x; query < window.y; query++) {
    var products = vec4f();
    for (var i = 0u; i < QUADS; i++) {
      products += states[query * 3u * WIDTH + head + i] * key[i];
    }
    let known = weighed[query * HEADS + thread.y];
    handed_on += exp(dot(products, vec4f(1.0)) - known.x) / known.y * scale(query);
  }
  for (var i = 0u; i < QUADS; i++) {
    let own = token * WIDTH + head + i;
    moved[own] = handed_on * states[at + 2u * WIDTH + i] - scale(token) * context[own];
  }
}
