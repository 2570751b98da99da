"""Fits the polynomials of src/encoder/kernels/math.rs and prints them with their errors.

2^f and erf are fitted by least squares at Chebyshev points, reweighted until the largest
errors are equal (Lawson's algorithm); the ratio of polynomials is made linear by multiplying
with its last denominator (Sanathanan and Koerner).
"""

import numpy as np
from scipy.special import erf

LARGEST = 5.2  # beyond it erf(x / sqrt 2) is 1 to within the error of the fit
TURNS = 80


def chebyshev(low, high, count=4000):
    angles = np.pi * (np.arange(count) + 0.5) / count
    return low + (high - low) * 0.5 * (1 - np.cos(angles))


def lawson(errors_of):
    """Coefficients with the smallest largest error; `errors_of` fits with given weights."""
    weights, best = 1.0, None
    for _ in range(TURNS):
        coefficients, errors = errors_of(weights)
        largest = errors.max()
        if best is None or largest < best[0]:
            best = (largest, coefficients)
        weights = weights * (errors / largest + 0.02) ** 0.5
        weights = weights / weights.max()
    return best


def powers(x, count):
    return x[:, None] ** np.arange(count)


def fit_exp2(degree=5):
    """2^f on -1/2 to 1/2, exactly 1 at 0, relative error."""
    f = chebyshev(-0.5, 0.5)
    exact = 2.0**f
    basis = powers(f, degree + 1)[:, 1:]

    def fit(weights):
        scale = weights / exact
        rest, *_ = np.linalg.lstsq(basis * scale[:, None], (exact - 1) * scale, rcond=None)
        return np.r_[1.0, rest], np.abs(basis @ rest + 1 - exact) / exact

    return lawson(lambda weights: fit(weights * np.ones_like(f)))


def fit_erf(numerator=5, denominator=3):
    """erf(x / sqrt 2) = x P(x^2) / Q(x^2) up to LARGEST, absolute error."""
    x = chebyshev(0.0, LARGEST)
    u = (x / LARGEST) ** 2  # between 0 and 1, for the sake of the equations' condition
    exact = erf(x / np.sqrt(2))
    above, below = powers(u, numerator + 1), powers(u, denominator + 1)[:, 1:]
    basis = np.hstack([x[:, None] * above, -exact[:, None] * below])
    last = np.ones_like(x)

    def fit(weights):
        nonlocal last
        scale = weights / last
        both, *_ = np.linalg.lstsq(basis * scale[:, None], exact * scale, rcond=None)
        p, q = both[: numerator + 1], np.r_[1.0, both[numerator + 1 :]]
        last = powers(u, denominator + 1) @ q
        unscaled = [part / LARGEST ** (2 * np.arange(len(part))) for part in (p, q)]
        return unscaled, np.abs(x * (above @ p) / last - exact)

    return lawson(lambda weights: fit(weights * np.ones_like(x)))


def show(name, coefficients):
    print(name, [float(np.float32(value)) for value in coefficients[::-1]])


error, exp2 = fit_exp2()
show(f"EXP2 (relative error {error:.1e}):", exp2)
error, (p, q) = fit_erf()
show(f"ERF_P (absolute error {error:.1e}):", p)
show("ERF_Q:", q)
