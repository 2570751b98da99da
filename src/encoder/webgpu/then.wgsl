// What a linear layer does with its sums.

// x Φ(x), by the polynomials of `kernels/math.rs`.
fn gelu(x: vec4f) -> vec4f {
  let z = min(abs(x), vec4f(5.2));
  let u = z * z;
  let p = ((((-6.130399e-9 * u + 5.066823e-7) * u + 4.2796666e-5) * u + 7.3949546e-3) * u
    + 4.936124e-2) * u + 7.978896e-1;
  let q = ((1.0649932e-3 * u + 2.2316784e-2) * u + 2.2856335e-1) * u + 1.0;
  return 0.5 * (x + abs(x) * (z * p / q));
}

// What becomes of what is there: 0 writes the sums, 1 GELU of them, 2 adds them.
fn then(there: vec4f, sums: vec4f) -> vec4f {
  switch THEN {
    case 1u: { return gelu(sums); }
    case 2u: { return there + sums; }
    default: { return sums; }
  }
}
