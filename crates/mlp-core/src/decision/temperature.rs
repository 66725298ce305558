//! The temperature that fits the probabilities of a network to held-out rows.

/// Bounds of a temperature; a fit that reaches one has no minimum, as where every row is predicted correctly.
pub const TEMPERATURES: (f64, f64) = (0.01, 100.0);

/// Largest relative change of the last step of the search.
const PRECISION: f64 = 1e-12;
/// Maximum number of steps; each at least halves the logarithm of the bracket, or is Newton's.
const MAX_STEPS: usize = 200;

/// Returns the temperature with the lowest mean log loss on rows with these logits, `[rows, classes]`, and labels (Guo et
/// al. 2017, "On calibration of modern neural networks"); 1 if there are no rows.
///
/// The log loss is convex in β = 1/temperature, so its minimum is where the derivative, the mean of
/// `Σ_c p_c(β)·z_c − z_label`, is 0: found by Newton's method within a bracket.
#[must_use]
pub fn fit_temperature(logits: &[f32], labels: &[u32]) -> f64 {
    let classes = logits.len() / labels.len().max(1);
    if classes == 0 {
        return 1.0;
    }
    let (coldest, hottest) = TEMPERATURES;
    let (mut low, mut high) = (1.0 / hottest, 1.0 / coldest);
    let slopes = |beta: f64| slopes(logits, labels, classes, beta);
    if slopes(high).0 <= 0.0 {
        return coldest;
    }
    if slopes(low).0 >= 0.0 {
        return hottest;
    }
    let mut beta = 1.0;
    for _ in 0..MAX_STEPS {
        let (slope, curvature) = slopes(beta);
        if slope > 0.0 {
            high = beta;
        } else {
            low = beta;
        }
        let newton = beta - slope / curvature;
        let next = if newton > low && newton < high {
            newton
        } else {
            (low * high).sqrt()
        };
        let is_found = (next - beta).abs() <= PRECISION * beta;
        beta = next;
        if is_found {
            break;
        }
    }
    1.0 / beta
}

/// Returns first and second derivative of the mean log loss by β.
fn slopes(logits: &[f32], labels: &[u32], classes: usize, beta: f64) -> (f64, f64) {
    let (mut slope, mut curvature) = (0.0, 0.0);
    for (row, &label) in logits.chunks_exact(classes).zip(labels) {
        // Relative to the largest, which changes neither derivative.
        let largest = f64::from(row.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        let (mut sum, mut first, mut second) = (0.0, 0.0, 0.0);
        for logit in row {
            let distance = f64::from(*logit) - largest;
            let weight = (beta * distance).exp();
            sum += weight;
            first += weight * distance;
            second += weight * distance * distance;
        }
        let mean = first / sum;
        slope += mean - (f64::from(row[label as usize]) - largest);
        curvature += second / sum - mean * mean;
    }
    (slope / labels.len() as f64, curvature / labels.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::softmax_with_temperature;
    use mlp_data::random::{Purpose, Stream};

    /// Labels drawn from the softmax of logits, which are then multiplied by `factor`.
    fn rows(count: u64, factor: f32) -> (Vec<f32>, Vec<u32>) {
        let (mut logits, mut labels) = (Vec::new(), Vec::new());
        for row in 0..count {
            let stream = Stream::new(5, Purpose::Synthesis, row);
            let own: Vec<f32> = (0..3)
                .map(|class| 1.5 * stream.normal(class) as f32)
                .collect();
            let (probabilities, _) = softmax_with_temperature(&own, 1.0);
            let mut rest = stream.uniform(1000);
            let class = probabilities.iter().position(|share| {
                rest -= share;
                rest < 0.0
            });
            labels.push(class.unwrap_or(2) as u32);
            logits.extend(own.iter().map(|logit| factor * logit));
        }
        (logits, labels)
    }

    fn loss(logits: &[f32], labels: &[u32], temperature: f64) -> f64 {
        let rows = logits.chunks_exact(3).zip(labels);
        rows.map(|(row, &label)| {
            let (_, normaliser) = softmax_with_temperature(row, temperature);
            normaliser - f64::from(row[label as usize]) / temperature
        })
        .sum()
    }

    #[test]
    fn the_factor_of_the_logits_is_found() {
        for factor in [0.25, 1.0, 4.0] {
            let (logits, labels) = rows(20_000, factor);
            let temperature = fit_temperature(&logits, &labels);
            let relative = temperature / f64::from(factor);
            assert!((relative - 1.0).abs() < 0.04, "{factor}: {temperature}");
            let best = loss(&logits, &labels, temperature);
            for other in [0.999, 1.001] {
                assert!(loss(&logits, &labels, other * temperature) > best);
            }
        }
    }

    #[test]
    fn rows_without_a_minimum_end_at_a_bound() {
        let logits = [2.0, 0.0, 0.0, 3.0];
        assert!((fit_temperature(&logits, &[0, 1]) - 0.01).abs() < 1e-15);
        assert!((fit_temperature(&logits, &[1, 0]) - 100.0).abs() < 1e-12);
        assert!((fit_temperature(&[], &[]) - 1.0).abs() < 1e-15);
    }
}
