//! Encodings, fitted on the training rows.

use super::Preprocessor;
use super::date::{DateInput, DatePart, DateParts};
use super::encoding::{DateEncoding, Encoding, EncodingRule, Fill, FillMethod, Numeric};
use super::statistics::{Sample, for_each_column};
use crate::error::PreparationError;
use crate::options::{
    ColumnPreprocessing, DataSection, MissingPolicy, MissingPolicyName, ScaleKind,
};
use crate::{Column, ColumnKind, Dataset, Features};

/// Whether the scaling of a column needs no statistic of the rows.
fn is_fixed(settings: &ColumnPreprocessing, dataset: &Dataset, are_pixels: bool) -> bool {
    let is_scale_fixed = match dataset.features {
        Features::Bytes(_) => matches!(settings.scale, ScaleKind::None | ScaleKind::Unit),
        Features::Floats(_) => settings.scale == ScaleKind::Unit,
        Features::Columns(_) => false,
    };
    let needs_no_fill = match settings.missing {
        MissingPolicy::Named(MissingPolicyName::Error) => true,
        MissingPolicy::Named(MissingPolicyName::Auto) => are_pixels,
        _ => false,
    };
    is_scale_fixed && needs_no_fill && !settings.smooth_clip
}

/// Fits the encoding of each column on the training rows.
///
/// # Errors
/// See [`Preprocessor::fit`].
pub(super) fn fit(
    dataset: &Dataset,
    rows: &[u32],
    data: &DataSection,
) -> Result<Preprocessor, PreparationError> {
    let schema = &dataset.schema;
    let are_pixels = dataset.has_byte_pixels();
    let of = |column: &Column| {
        let settings = data.preprocessing_of(&column.name);
        let scale = settings.scale.resolved(are_pixels);
        ColumnPreprocessing { scale, ..settings }
    };
    let settings: Vec<ColumnPreprocessing> = schema.columns.iter().map(of).collect();
    if let [first, others @ ..] = settings.as_slice()
        && others.iter().all(|other| other == first)
        && is_fixed(first, dataset, are_pixels)
    {
        return Ok(match first.scale {
            ScaleKind::Unit => Preprocessor::pixels(),
            _ => Preprocessor::identity(),
        });
    }
    let mut encodings = Vec::with_capacity(settings.len());
    for_each_column(dataset, rows, |number, sample| {
        let (column, settings) = (&schema.columns[number], &settings[number]);
        encodings.push(encoding(&column.kind, settings, sample).map_err(|unfit| {
            let (column, name) = (number + 1, column.name.clone());
            match unfit {
                Unfit::Empty(statistic) => PreparationError::EmptyColumn {
                    column,
                    name,
                    statistic,
                },
                Unfit::TooLarge => PreparationError::TooLarge { column, name },
            }
        })?);
        Ok(())
    })?;
    let preprocessor = Preprocessor::of_columns(&encodings);
    match preprocessor.width(encodings.len()) {
        0 => Err(PreparationError::NoInputs),
        _ => Ok(preprocessor),
    }
}

/// Why the encoding of a column cannot be fitted.
enum Unfit {
    /// No training row has a value, of which this statistic was asked for.
    Empty(&'static str),
    /// Its numbers are finite, but their mean or their distances are not, in 32 bits.
    TooLarge,
}

fn encoding(
    kind: &ColumnKind,
    settings: &ColumnPreprocessing,
    sample: Sample,
) -> Result<Encoding, Unfit> {
    let missing = sample.missing;
    let rule = match kind {
        ColumnKind::Number { wide } => match numeric(sample, settings)? {
            None => EncodingRule::Omitted,
            Some(numeric) if *wide => EncodingRule::Wide(numeric),
            Some(numeric) => EncodingRule::Number(numeric.narrow()),
        },
        ColumnKind::Boolean => EncodingRule::Boolean,
        ColumnKind::Category { categories, rare } => EncodingRule::OneHot {
            categories: categories.len(),
            rare: rare.len(),
        },
        ColumnKind::Date => {
            date(sample, settings)?.map_or(EncodingRule::Omitted, EncodingRule::Date)
        }
    };
    let are_finite = match &rule {
        EncodingRule::Number(numeric) => numeric.center.is_finite() && numeric.scale.is_finite(),
        EncodingRule::Wide(numeric) => numeric.center.is_finite() && numeric.scale.is_finite(),
        _ => true,
    };
    if !are_finite {
        return Err(Unfit::TooLarge);
    }
    Ok(Encoding {
        // Where all rows have a value, the input would be the same in all.
        indicator: settings.indicator && missing > 0 && rule != EncodingRule::Omitted,
        rule,
        missing,
    })
}

/// Returns what an empty cell becomes; `None` where it is an error. There must be a value, or a number to put there.
fn fill(sample: &mut Sample, missing: MissingPolicy) -> Option<Fill<f64>> {
    let (value, method) = match missing {
        MissingPolicy::Named(MissingPolicyName::Error) => return None,
        MissingPolicy::Named(MissingPolicyName::Mean) => (sample.mean(), FillMethod::Mean),
        MissingPolicy::Named(MissingPolicyName::Auto | MissingPolicyName::Median) => {
            (sample.median(), FillMethod::Median)
        }
        MissingPolicy::Number(number) => (number.into(), FillMethod::Constant),
    };
    Some(Fill { value, method })
}

/// Leaves a column without values out, unless a statistic of them was asked for by name.
fn without_values<T>(missing: MissingPolicy) -> Result<Option<T>, Unfit> {
    match missing {
        MissingPolicy::Named(MissingPolicyName::Mean) => Err(Unfit::Empty("mean")),
        MissingPolicy::Named(MissingPolicyName::Median) => Err(Unfit::Empty("median")),
        _ => Ok(None),
    }
}

/// Fits the scaling of numbers; `None` if there is no value, and none is asked for.
fn numeric(
    mut sample: Sample,
    settings: &ColumnPreprocessing,
) -> Result<Option<Numeric<f64>>, Unfit> {
    if sample.is_empty() {
        return without_values(settings.missing);
    }
    let range = sample.range();
    let by_mean = MissingPolicy::Named(MissingPolicyName::Mean);
    // A cell that is filled with the mean adds nothing to the squares. Before a median changes the order of the values:
    // sums of other orders have other bits.
    let moments = (settings.scale == ScaleKind::Standard
        && (sample.missing == 0 || settings.missing == by_mean))
        .then(|| standard(&sample));
    let fill = fill(&mut sample, settings.missing);
    if let (None, Some(fill)) = (moments, fill) {
        sample.fill(fill.value);
    }
    let (center, scale) = moments.unwrap_or_else(|| center_and_scale(&mut sample, settings.scale));
    Ok(Some(Numeric {
        method: settings.scale,
        center,
        scale,
        smooth_clip: settings.smooth_clip,
        fill,
        range: Some(range),
    }))
}

/// Returns the mean and the deviation of the population; 1 for the deviation of equal values, which are their mean.
fn standard(sample: &Sample) -> (f64, f64) {
    let [minimum, maximum] = sample.range();
    if minimum >= maximum {
        return (minimum, 1.0); // rounding makes a small deviation of equal numbers
    }
    let mean = sample.mean();
    (mean, or_one(sample.deviation(mean)))
}

/// Returns the center and the scale of a setting for these values.
fn center_and_scale(sample: &mut Sample, method: ScaleKind) -> (f64, f64) {
    let [minimum, maximum] = sample.range();
    match method {
        ScaleKind::None => (0.0, 1.0),
        ScaleKind::Unit => (0.0, 255.0),
        ScaleKind::MinMax => (minimum, or_one(maximum - minimum)),
        ScaleKind::Robust => {
            let quartiles = sample.quantile(0.75) - sample.quantile(0.25);
            // Where most values are equal, the others decide: they come to 2 at most.
            let distance = if quartiles > 0.0 {
                quartiles
            } else {
                (maximum - minimum) / 2.0
            };
            (sample.median(), or_one(distance))
        }
        ScaleKind::Standard | ScaleKind::Auto => standard(sample),
    }
}

fn or_one(distance: f64) -> f64 {
    if distance == 0.0 { 1.0 } else { distance }
}

/// Fits the parts of points in time; `None` if all are constant.
fn date(mut sample: Sample, settings: &ColumnPreprocessing) -> Result<Option<DateEncoding>, Unfit> {
    if sample.is_empty() {
        return without_values(settings.missing);
    }
    let range = sample.range();
    let fill = match settings.missing {
        // A number for columns of numbers is no point in time.
        MissingPolicy::Number(_) => {
            let auto = MissingPolicy::Named(MissingPolicyName::Auto);
            fill(&mut sample, auto)
        }
        policy @ MissingPolicy::Named(_) => fill(&mut sample, policy),
    };
    if let Some(fill) = fill {
        sample.fill(fill.value);
    }
    let method = match settings.scale {
        ScaleKind::Unit | ScaleKind::Auto => ScaleKind::Standard, // bytes are no points in time
        method => method,
    };
    let of_part = |part: DatePart| {
        let mut values = sample.map(|seconds| DateParts::of(seconds).get(part));
        let [minimum, maximum] = values.range();
        let (center, scale) = if part.is_on_circle() {
            (0.0, 1.0)
        } else {
            center_and_scale(&mut values, method)
        };
        (minimum < maximum).then_some(DateInput {
            part,
            center,
            scale,
        })
    };
    let inputs: Vec<DateInput> = DatePart::ALL.into_iter().filter_map(of_part).collect();
    Ok((!inputs.is_empty()).then_some(DateEncoding {
        smooth_clip: settings.smooth_clip,
        fill,
        range,
        inputs,
    }))
}
