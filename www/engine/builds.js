/** @import { Build } from "./types.js" */

/** `() -> v128`, made of one `i8x16.splat`. */
const SIMD = module([0x41, 0x00, 0xfd, 0x0f]);
/** The same of `f32x4.relaxed_madd` and `i32x4.relaxed_dot_i8x16_i7x16_add_s`, each of splats. */
const RELAXED = module([
  ...[0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f],
  ...[0xfd, 0x85, 0x02],
  ...[0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f],
  ...[0xfd, 0x93, 0x02],
]);

/**
 * The best build of the core that this browser can run. Asked of a few dozen bytes, so that only that
 * one build is fetched.
 *
 * @returns {Exclude<Build, "tract">}
 */
export function bestBuild() {
  if (WebAssembly.validate(RELAXED)) return "relaxed";
  return WebAssembly.validate(SIMD) ? "simd128" : "scalar";
}

/** @param {number[]} body the instructions of its only function, which gives a v128 */
function module(body) {
  const code = [0x00, ...body, 0x0b];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b],
    ...[0x03, 0x02, 0x01, 0x00],
    ...[0x0a, code.length + 2, 0x01, code.length, ...code],
  ]);
}
