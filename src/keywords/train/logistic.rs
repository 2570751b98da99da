//! L2-regularised logistic regression over sparse rows.

use super::lbfgs;

/// Rows of (column, value), compressed.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseRows {
    columns: usize,
    starts: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
}

impl SparseRows {
    /// No rows yet, of `columns` columns.
    pub fn new(columns: usize) -> Self {
        Self { columns, starts: vec![0], indices: Vec::new(), values: Vec::new() }
    }

    /// Adds a row; its columns are below the number of columns.
    pub fn push(&mut self, row: &[(usize, f32)]) {
        self.indices.extend(row.iter().map(|&(column, _)| column as u32));
        self.values.extend(row.iter().map(|&(_, value)| value));
        self.starts.push(self.indices.len());
    }

    fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        let range = self.starts[row]..self.starts[row + 1];
        let indices = self.indices[range.clone()].iter().map(|&index| index as usize);
        indices.zip(self.values[range].iter().map(|&value| f64::from(value)))
    }
}

/// The optimum for one genre.
#[derive(Clone, Debug, Default)]
pub struct Fit {
    /// `[columns]`.
    pub weights: Vec<f64>,
    /// Not penalised.
    pub bias: f64,
}

/// Minimises `½ ‖w‖² + C Σ ln(1 + exp(−sign (w·x + b)))`, scikit-learn's
/// objective. A row of sign 0 is left out.
pub fn fit_logistic(rows: &SparseRows, signs: &[f32], c: f64) -> Fit {
    let objective = |point: &[f64], gradient: &mut [f64]| {
        let (weights, bias) = (&point[..rows.columns], point[rows.columns]);
        gradient[..rows.columns].copy_from_slice(weights);
        let mut value = 0.5 * weights.iter().map(|w| w * w).sum::<f64>();
        let mut bias_gradient = 0.0;
        for (row, &sign) in signs.iter().enumerate().filter(|(_, sign)| **sign != 0.0) {
            let sign = f64::from(sign);
            let score: f64 = rows.row(row).map(|(column, x)| weights[column] * x).sum();
            let margin = sign * (score + bias);
            value += c * ln_1p_exp(-margin);
            let slope = -c * sign / (1.0 + margin.exp());
            rows.row(row).for_each(|(column, x)| gradient[column] += slope * x);
            bias_gradient += slope;
        }
        gradient[rows.columns] = bias_gradient;
        value
    };
    let mut point = vec![0.0; rows.columns + 1];
    lbfgs::minimize(&mut point, objective, 1e-4, 300);
    let bias = point.pop().unwrap_or_default();
    Fit { weights: point, bias }
}

/// ln(1 + eˣ) without overflow.
fn ln_1p_exp(x: f64) -> f64 {
    if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_neither_overflows_nor_vanishes() {
        assert_eq!([0.0, 1000.0, -1000.0].map(ln_1p_exp), [2f64.ln(), 1000.0, 0.0]);
        assert!((ln_1p_exp(-40.0) / (-40f64).exp() - 1.0).abs() < 1e-12);
        assert!((ln_1p_exp(2.0) - (1.0 + 2f64.exp()).ln()).abs() < 1e-12);
    }

    #[test]
    fn rows_of_sign_zero_do_not_count() {
        let mut rows = SparseRows::new(2);
        let mut without = SparseRows::new(2);
        for i in 0..20usize {
            let row = [(i % 2, 1.0 + (i % 3) as f32)];
            rows.push(&row);
            without.push(&row);
        }
        rows.push(&[(0, 100.0)]);
        let mut signs: Vec<f32> = (0..20).map(|i| if i % 3 == 0 { 1.0 } else { -1.0 }).collect();
        let expected = fit_logistic(&without, &signs, 1.0);
        signs.push(0.0);
        let actual = fit_logistic(&rows, &signs, 1.0);
        assert_eq!((actual.weights, actual.bias), (expected.weights, expected.bias));
    }

    #[test]
    fn the_bias_alone_fits_the_share_of_positives() {
        let mut rows = SparseRows::new(1);
        (0..10).for_each(|_| rows.push(&[]));
        let signs: Vec<f32> = (0..10).map(|i| if i < 3 { 1.0 } else { -1.0 }).collect();
        let fit = fit_logistic(&rows, &signs, 1.0);
        assert!((fit.bias - (0.3f64 / 0.7).ln()).abs() < 1e-4);
    }
}
