//! Limited-memory BFGS with a backtracking line search (Nocedal and Wright,
//! Numerical Optimization, algorithms 7.4 and 7.5, 3.1), for convex functions.

use std::collections::VecDeque;

/// Steps remembered.
const MEMORY: usize = 10;

/// A step, the change of the gradient over it, and 1 / their product.
struct Correction {
    step: Vec<f64>,
    change: Vec<f64>,
    rho: f64,
}

/// Moves `point` to the minimum of `objective`, which gives the value and
/// writes the gradient. Stops when no component of the gradient is larger than
/// `tolerance` times the first one's largest, or after `max_steps`.
pub fn minimize(
    point: &mut Vec<f64>,
    mut objective: impl FnMut(&[f64], &mut [f64]) -> f64,
    tolerance: f64,
    max_steps: usize,
) {
    let mut gradient = vec![0.0; point.len()];
    let mut value = objective(point, &mut gradient);
    let goal = tolerance * largest(&gradient);
    let mut memory: VecDeque<Correction> = VecDeque::with_capacity(MEMORY + 1);
    for _ in 0..max_steps {
        if largest(&gradient) <= goal {
            return;
        }
        let direction = descent_direction(&gradient, &memory);
        let slope = dot(&gradient, &direction);
        let mut length =
            if memory.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt() } else { 1.0 };
        let mut next = vec![0.0; point.len()];
        let mut next_gradient = vec![0.0; point.len()];
        let next_value = loop {
            for ((next, at), d) in next.iter_mut().zip(&*point).zip(&direction) {
                *next = at + length * d;
            }
            let next_value = objective(&next, &mut next_gradient);
            if next_value <= value + 1e-4 * length * slope {
                break next_value;
            }
            length *= 0.5;
            if length < 1e-12 {
                return;
            }
        };
        let step = difference(&next, point);
        let change = difference(&next_gradient, &gradient);
        let curvature = dot(&step, &change);
        if curvature > 0.0 {
            memory.push_back(Correction { step, change, rho: 1.0 / curvature });
            if memory.len() > MEMORY {
                memory.pop_front();
            }
        }
        *point = next;
        gradient = next_gradient;
        value = next_value;
    }
}

/// −H g, with H the inverse Hessian that the corrections stand for.
fn descent_direction(gradient: &[f64], memory: &VecDeque<Correction>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut alphas = Vec::with_capacity(memory.len());
    for correction in memory.iter().rev() {
        let alpha = correction.rho * dot(&correction.step, &direction);
        add_scaled(&mut direction, &correction.change, -alpha);
        alphas.push(alpha);
    }
    if let Some(last) = memory.back() {
        let scale = 1.0 / (last.rho * dot(&last.change, &last.change));
        direction.iter_mut().for_each(|d| *d *= scale);
    }
    for (correction, alpha) in memory.iter().zip(alphas.into_iter().rev()) {
        let beta = correction.rho * dot(&correction.change, &direction);
        add_scaled(&mut direction, &correction.step, alpha - beta);
    }
    direction
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn add_scaled(sums: &mut [f64], values: &[f64], scale: f64) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += scale * value);
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ill_conditioned_quadratic_is_solved() {
        // ½ Σ i² (x_i − i)²: the minimum is at x_i = i.
        let mut point = vec![0.0; 40];
        let mut calls = 0;
        minimize(
            &mut point,
            |x, gradient| {
                calls += 1;
                let mut value = 0.0;
                for (i, (x, g)) in x.iter().zip(gradient).enumerate() {
                    let weight = ((i + 1) * (i + 1)) as f64;
                    *g = weight * (x - i as f64);
                    value += 0.5 * weight * (x - i as f64).powi(2);
                }
                value
            },
            1e-12,
            1000,
        );
        assert!(point.iter().enumerate().all(|(i, x)| (x - i as f64).abs() < 1e-6));
        // Steepest descent would need ten thousand.
        assert!(calls < 200, "{calls} evaluations");
    }
}
