//! Validation of `[data.columns]`: settings that contradict each other, before any file is read.

use mlp_data::options::{
    ColumnTable, DataSection, KindWord, LabelColumn, MissingPolicy, MissingPolicyName, RoleWord,
};

use super::path::join;
use super::validate::Finding;

/// Returns the findings about the settings of single columns.
pub(super) fn column_findings(data: &DataSection) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, setting) in &data.columns {
        let column = Column {
            key: join("data.columns", name),
            settings: setting.table(),
        };
        if name.is_empty() {
            let finding = Finding::new(&column.key, "a column has no name".to_owned());
            findings.push(finding.help("write the name that the header has"));
        }
        if data.label == LabelColumn::Name(name.clone()) && column.settings.role.is_some() {
            let message = format!("`{}` has a role, but it is the label", column.key);
            let finding = Finding::new(&column.key, message).because("data.label");
            findings.push(finding.help("leave the role out, or set data.label to another column"));
        }
        findings.extend(column.role());
        findings.extend(column.kind());
        findings.extend(column.numbers());
    }
    findings.extend(several(data, RoleWord::Group, "group"));
    findings.extend(several(data, RoleWord::Time, "time"));
    findings.extend(several(data, RoleWord::RowWeight, "row_weight"));
    findings
}

/// What a config says of a column.
struct Column {
    /// Dotted path.
    key: String,
    settings: ColumnTable,
}

impl Column {
    /// Names of the settings for inputs that are there.
    fn input_settings(&self) -> Vec<&'static str> {
        let settings = &self.settings;
        [
            ("scale", settings.scale.is_some()),
            ("smooth_clip", settings.smooth_clip.is_some()),
            ("missing", settings.missing.is_some()),
            ("indicator", settings.indicator.is_some()),
            ("max_categories", settings.max_categories.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, is_set)| is_set.then_some(name))
        .collect()
    }

    /// Checks that a column that is no input has no settings of one.
    fn role(&self) -> Vec<Finding> {
        let key = &self.key;
        match (self.settings.role, self.settings.kind) {
            (Some(RoleWord::RowWeight), Some(_)) => {
                let message = format!("`{key}` has a kind, but weighs the rows and is no input");
                let finding = Finding::new(key, message).at(&join(key, "role"));
                vec![finding.help("leave out one of kind and role")]
            }
            (Some(RoleWord::Ignore), Some(_)) => {
                let message = format!("`{key}` has a kind, but is to be ignored");
                vec![Finding::new(key, message).help("leave out one of kind and role")]
            }
            (Some(_), None) => {
                let names = self.input_settings().into_iter();
                let finding = |name| {
                    let key = join(key, name);
                    let message = format!("`{key}` has no effect: the column is no input");
                    let help = "leave it out, or set its kind, which makes it an input as well";
                    Finding::new(&key, message).help(help)
                };
                names.map(finding).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Checks that the settings belong to the kind.
    fn kind(&self) -> Vec<Finding> {
        let belongs = |name: &str| match self.settings.kind {
            Some(KindWord::Number | KindWord::Date) => name != "max_categories",
            Some(KindWord::Boolean) => name == "indicator" || name == "missing",
            Some(KindWord::Category) => {
                matches!(name, "indicator" | "missing" | "max_categories")
            }
            None => true,
        };
        let names = self.input_settings().into_iter();
        let mut findings: Vec<Finding> = names
            .filter(|name| !belongs(name))
            .map(|name| {
                let key = join(&self.key, name);
                let of = if name == "max_categories" {
                    "columns of categories"
                } else {
                    "columns of numbers and dates"
                };
                let message = format!("`{key}` belongs to {of}");
                let finding = Finding::new(&key, message).because(&join(&self.key, "kind"));
                finding.help("leave it out, or change the kind")
            })
            .collect();
        let is_of_numbers = matches!(
            self.settings.missing,
            Some(
                MissingPolicy::Number(_)
                    | MissingPolicy::Named(MissingPolicyName::Mean | MissingPolicyName::Median)
            )
        );
        if is_of_numbers && let Some(KindWord::Boolean | KindWord::Category) = self.settings.kind {
            let key = join(&self.key, "missing");
            let message = format!("`{key}` must be \"auto\" or \"error\" in such a column");
            findings.push(Finding::new(&key, message).because(&join(&self.key, "kind")));
        }
        findings
    }

    /// Checks ranges.
    fn numbers(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.settings.max_categories == Some(0) {
            let key = join(&self.key, "max_categories");
            findings.push(Finding::new(
                &key,
                format!("`{key}` must be at least 1, not 0"),
            ));
        }
        if let Some(MissingPolicy::Number(number)) = self.settings.missing
            && !number.is_finite()
        {
            let key = join(&self.key, "missing");
            let message = format!("`{key}` must be finite, not {number}");
            findings.push(Finding::new(&key, message));
        }
        findings
    }
}

/// Reports the columns with a role that only one may have.
fn several(data: &DataSection, role: RoleWord, word: &str) -> Option<Finding> {
    let columns = data.columns.iter();
    let names: Vec<&String> = columns
        .filter(|(_, setting)| setting.table().role == Some(role))
        .map(|(name, _)| name)
        .collect();
    let [first, second, ..] = names.as_slice() else {
        return None;
    };
    let key = join("data.columns", second);
    let message =
        format!("`{key}` is \"{word}\", and so is `{first}`: there can be one such column");
    Some(Finding::new(&key, message).because(&join("data.columns", first)))
}
