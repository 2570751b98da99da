//! An order of a table's rows and columns that puts together what goes together.

/// Rows and columns, by their positions in the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Order {
    /// Every row once.
    pub rows: Vec<usize>,
    /// Every column once.
    pub columns: Vec<usize>,
}

/// Orders a square table of counts by spectral biclustering: rows and columns by
/// the second pair of singular vectors of the table whose entries were divided by
/// the roots of their row's and their column's sum (Dhillon 2001; Kluger et al.
/// 2003). Rows and columns without a count come last.
pub fn spectral_order(counts: &[Vec<u64>]) -> Order {
    let size = counts.len();
    let row_sums: Vec<f64> = counts.iter().map(|row| row.iter().sum::<u64>() as f64).collect();
    let column_sum = |column: usize| counts.iter().map(|row| row[column]).sum::<u64>() as f64;
    let column_sums: Vec<f64> = (0..size).map(column_sum).collect();
    let root = |sum: f64| if sum > 0.0 { sum.sqrt() } else { f64::INFINITY };
    let scaled = |row: usize, column: usize| {
        counts[row][column] as f64 / root(row_sums[row]) / root(column_sums[column])
    };
    let table: Vec<Vec<f64>> =
        (0..size).map(|row| (0..size).map(|column| scaled(row, column)).collect()).collect();
    let gram = |a: usize, b: usize| table.iter().map(|row| row[a] * row[b]).sum::<f64>();
    let gram = (0..size).map(|a| (0..size).map(|b| gram(a, b)).collect()).collect();
    let right = second_eigenvector(gram);
    let left: Vec<f64> =
        table.iter().map(|row| row.iter().zip(&right).map(|(a, b)| a * b).sum()).collect();
    Order { rows: sorted(&left, &row_sums), columns: sorted(&right, &column_sums) }
}

/// Positions by component, each divided by the root of its sum.
fn sorted(vector: &[f64], sums: &[f64]) -> Vec<usize> {
    let key = |index: usize| {
        if sums[index] > 0.0 { vector[index] / sums[index].sqrt() } else { f64::INFINITY }
    };
    let mut order: Vec<usize> = (0..vector.len()).collect();
    order.sort_by(|&a, &b| key(a).total_cmp(&key(b)));
    order
}

/// The eigenvector of a symmetric matrix's second greatest eigenvalue, by Jacobi
/// rotations (Golub & Van Loan, 8.5); its greatest component is positive.
fn second_eigenvector(mut a: Vec<Vec<f64>>) -> Vec<f64> {
    let n = a.len();
    let unit = |i: usize| (0..n).map(|j| f64::from(u8::from(i == j))).collect();
    let mut vectors: Vec<Vec<f64>> = (0..n).map(unit).collect(); // by row
    for _ in 0..100 {
        let rest: f64 =
            (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i][j].powi(2)).sum();
        if rest < 1e-24 {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                if a[p][q].abs() < 1e-300 {
                    continue;
                }
                let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let t = if theta == 0.0 { 1.0 } else { t };
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for row in &mut a {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
                for k in 0..n {
                    (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]);
                    let (vp, vq) = (vectors[p][k], vectors[q][k]);
                    (vectors[p][k], vectors[q][k]) = (c * vp - s * vq, s * vp + c * vq);
                }
            }
        }
    }
    let mut by_value: Vec<usize> = (0..n).collect();
    by_value.sort_by(|&i, &j| a[j][j].total_cmp(&a[i][i]));
    let Some(&second) = by_value.get(1) else { return vec![0.0; n] };
    let vector = &vectors[second];
    let greatest =
        vector.iter().copied().fold(0.0, |m: f64, v| if v.abs() > m.abs() { v } else { m });
    vector.iter().map(|v| v * greatest.signum()).collect()
}
