//! Maps values to positions, with ticks at round numbers.

/// A linear map from values to positions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Value at `from`.
    pub low: f64,
    /// Value at `to`.
    pub high: f64,
    /// Position of `low`.
    pub from: f64,
    /// Position of `high`.
    pub to: f64,
}

/// A marked value on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Its position.
    pub at: f64,
    /// Text of the value.
    pub label: String,
}

impl Scale {
    /// Creates a scale. A range of no extent is widened.
    #[must_use]
    pub fn new((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        let wide = high - low > 1e-12 * high.abs().max(low.abs()).max(1e-300);
        let (low, high) = if wide {
            (low, high)
        } else {
            let margin = if low == 0.0 { 1.0 } else { 0.1 * low.abs() };
            (low - margin, high + margin)
        };
        Self {
            low,
            high,
            from,
            to,
        }
    }

    /// Returns the scale with its range extended to round numbers.
    #[must_use]
    pub fn rounded(self, max_ticks: usize) -> Self {
        let step = step(self.high - self.low, max_ticks);
        Self {
            low: (self.low / step + 1e-9).floor() * step,
            high: (self.high / step - 1e-9).ceil() * step,
            ..self
        }
    }

    /// Returns the position of a value.
    #[must_use]
    pub fn at(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// Returns at most `max` ticks at round numbers within the range.
    #[must_use]
    pub fn ticks(&self, max: usize) -> Vec<Tick> {
        self.multiples(step(self.high - self.low, max), max)
    }

    /// Returns at most `max` ticks at whole numbers within the range.
    #[must_use]
    pub fn whole_ticks(&self, max: usize) -> Vec<Tick> {
        self.multiples(step(self.high - self.low, max).max(1.0), max)
    }

    fn multiples(&self, step: f64, max: usize) -> Vec<Tick> {
        let tolerance = 1e-6 * step;
        let first = ((self.low - tolerance) / step).ceil();
        let values = (0..=max)
            .map(|index| (first + index as f64) * step)
            .take_while(|value| *value <= self.high + tolerance);
        values
            .map(|value| Tick {
                at: self.at(value),
                label: label(value, step),
            })
            .collect()
    }
}

/// Returns the smallest of 1, 2 or 5 times a power of ten that divides `extent` into fewer than `max` parts.
fn step(extent: f64, max: usize) -> f64 {
    let min = extent / (max.max(2) - 1) as f64;
    let power = 10_f64.powf(min.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= min * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

/// Formats a value with as many decimals as its step needs: `0.05`, `12,000`, `2e-6`.
fn label(value: f64, step: f64) -> String {
    if value.abs() < 1e-9 * step {
        return "0".to_owned();
    }
    if step < 1e-4 || value.abs() >= 1e9 {
        let text = format!("{value:.1e}");
        return text.replace(".0e", "e");
    }
    let decimals = (-(step.log10() + 1e-9).floor()).max(0.0) as usize;
    if decimals == 0 && value >= 0.0 {
        return crate::numbers::grouped(value.round() as u64);
    }
    format!("{value:.decimals$}").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, max: usize) -> Vec<String> {
        let ticks = Scale::new((low, high), (0.0, 100.0)).ticks(max);
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_and_within_the_range() {
        assert_eq!(
            labels(0.0, 1.0, 6),
            ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(labels(0.0, 12_645.0, 5), ["0", "5,000", "10,000"]);
        assert_eq!(labels(97.31, 98.6, 5), ["97.5", "98.0", "98.5"]);
        assert_eq!(labels(-1.0, 1.0, 5), ["−1.0", "−0.5", "0", "0.5", "1.0"]);
        assert_eq!(labels(0.0, 4e-5, 3), ["0", "2e-5", "4e-5"]);
        assert!(labels(3.0, 3.0, 5).len() >= 2, "a range without extent");
        assert!(labels(0.0, 0.0, 5).contains(&"0".to_owned()));
    }

    #[test]
    fn whole_ticks_have_no_fractions() {
        let ticks = Scale::new((0.0, 4.0), (0.0, 100.0)).whole_ticks(9);
        let labels: Vec<&str> = ticks.iter().map(|tick| &*tick.label).collect();
        assert_eq!(labels, ["0", "1", "2", "3", "4"]);
        assert!(
            Scale::new((0.2, 0.8), (0.0, 100.0))
                .whole_ticks(9)
                .is_empty()
        );
    }

    #[test]
    fn a_rounded_scale_contains_the_range() {
        let scale = Scale::new((0.13, 0.97), (0.0, 1.0)).rounded(6);
        assert!((scale.low - 0.0).abs() < 1e-12 && (scale.high - 1.0).abs() < 1e-12);
        assert!((scale.at(0.5) - 0.5).abs() < 1e-12);
    }
}
