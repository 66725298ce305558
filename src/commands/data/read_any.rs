//! Reading a data file of which nothing is known beforehand.

use std::path::Path;

use crate::config::{LabelColumn, MissingPolicy, MissingPolicyName, ScaleKind};
use crate::data::{Dataset, Labels, ReadOptions, read};
use crate::error::{DataError, DataErrorKind};

/// Reads a file as it is: values of any range, empty cells as NaN, labels if there are any.
///
/// A label column that was asked for must be there. If none was, labels may be in the `usual` one, by
/// default `label`; if the file does not read without any, the error is that of the missing label, which
/// names the columns there are.
pub(super) fn read_any(
    path: &Path,
    asked_for: Option<&LabelColumn>,
    usual: Option<&LabelColumn>,
) -> Result<(Dataset, ReadOptions), DataError> {
    let defaults = ReadOptions::default();
    let options = ReadOptions {
        label: asked_for.or(usual).unwrap_or(&defaults.label).clone(),
        labels: Labels::Optional,
        missing: MissingPolicy::Named(MissingPolicyName::Mean),
        scale: ScaleKind::None,
        ..defaults
    };
    let required = ReadOptions {
        labels: Labels::Required,
        ..options.clone()
    };
    match read(path, &options) {
        Ok(dataset) if dataset.labels.is_none() && asked_for.is_some() => {
            Ok((read(path, &required)?, required))
        }
        Ok(dataset) => Ok((dataset, options)),
        Err(error) => match read(path, &required) {
            Err(better)
                if matches!(
                    *better.kind,
                    DataErrorKind::NoLabelColumn { .. } | DataErrorKind::LabelNeedsHeader { .. }
                ) =>
            {
                Err(better)
            }
            _ => Err(error),
        },
    }
}
