//! From the raw values of a row to the inputs of the first layer.

use mlp_core::config::ScaleKind;
use mlp_data::{
    Column, ColumnKind, DateEncoding, DatePart, Encoding, EncodingRule, Numeric, iso_date,
};

use super::Names;
use super::text::{array, comment, double, float, members, texts};
use crate::export::Exported;

/// Maximum number of categories that the comment of a member lists.
const MAX_LISTED: usize = 8;
/// Maximum number of members that the example in the header sets.
const MAX_EXAMPLE: usize = 8;

/// How a header takes a row.
pub(super) enum Input<'a> {
    /// As an array of float32, each of which is scaled and no more: the input of its number.
    Numbers(Vec<&'a Numeric<f32>>),
    /// As an array of float32, which become other numbers of inputs.
    Encoded(Vec<(String, &'a Column, &'a Encoding)>),
    /// As a struct with a member for each column that is an input.
    Row(Vec<(String, &'a Column, &'a Encoding)>),
}

impl<'a> Input<'a> {
    pub fn of(model: &'a Exported) -> Self {
        let (schema, preprocessor) = (&model.model.schema, &model.model.preprocessor);
        let encodings = (0..schema.columns.len()).map(|column| preprocessor.encoding(column));
        if !schema.is_numeric() {
            let columns = members(schema).into_iter().zip(&schema.columns);
            let columns = columns.zip(encodings);
            let columns = columns.map(|((member, column), encoding)| (member, column, encoding));
            let is_input = |encoding: &Encoding| encoding.rule != EncodingRule::Omitted;
            return Self::Row(
                columns
                    .filter(|(_, _, encoding)| is_input(encoding))
                    .collect(),
            );
        }
        if let Some(numbers) = encodings.clone().map(Encoding::plain).collect() {
            return Self::Numbers(numbers);
        }
        let columns = schema.columns.iter().zip(encodings).enumerate();
        let place = |column| format!("[{column}]");
        let columns = columns.map(|(at, (column, encoding))| (place(at), column, encoding));
        Self::Encoded(columns.collect())
    }

    /// Whether any row may have no value somewhere.
    pub fn may_miss(&self) -> bool {
        match self {
            Self::Numbers(numbers) => numbers.iter().any(|numeric| numeric.fill.is_some()),
            Self::Encoded(columns) | Self::Row(columns) => {
                columns.iter().any(|(_, _, encoding)| may_miss(encoding))
            }
        }
    }

    /// Returns the declaration of the row that functions take.
    pub fn parameter(&self, names: &Names) -> String {
        match self {
            Self::Row(_) => format!("const {}_row *row", names.lower),
            _ => format!("const float input[{}_FEATURES]", names.upper),
        }
    }

    /// Whether `mlp_encode` makes the inputs.
    pub const fn is_encoded(&self) -> bool {
        !matches!(self, Self::Numbers(_))
    }

    /// Whether a header needs `string.h`.
    pub fn has_texts(&self) -> bool {
        self.has(|rule| matches!(rule, EncodingRule::OneHot { .. }))
    }

    fn has(&self, is: impl Fn(&EncodingRule) -> bool) -> bool {
        match self {
            Self::Numbers(_) => false,
            Self::Encoded(columns) | Self::Row(columns) => {
                columns.iter().any(|(_, _, encoding)| is(&encoding.rule))
            }
        }
    }

    /// Returns the lines of the example in the comment of a header that make a row.
    pub fn example(&self, names: &Names) -> Vec<String> {
        let Self::Row(columns) = self else {
            return Vec::new();
        };
        let p = &names.lower;
        let mut lines = vec![format!("{p}_row row = {{")];
        for (member, column, encoding) in columns.iter().take(MAX_EXAMPLE) {
            lines.push(format!("    .{member} = {},", example(p, column, encoding)));
        }
        if columns.len() > MAX_EXAMPLE {
            lines.push("    ...".to_owned());
        }
        lines.push("};".to_owned());
        lines
    }

    /// Returns the type of a row, if it is a struct.
    pub fn row_type(&self, names: &Names) -> String {
        let Self::Row(columns) = self else {
            return String::new();
        };
        let p = &names.lower;
        let mut text = format!(
            "/* Raw values of a row. A number, boolean or date that is missing is NAN, a category NULL; so is a\n   \
             category that the training rows did not have. Dates are seconds since 1970-01-01T00:00:00Z. */\n\
             typedef struct {p}_row {{\n"
        );
        for (member, column, encoding) in columns {
            let kind = match column.kind {
                ColumnKind::Number { wide: false } | ColumnKind::Boolean => "float ",
                ColumnKind::Number { wide: true } | ColumnKind::Date => "double ",
                ColumnKind::Category { .. } => "const char *",
            };
            let about = about(member, column, encoding);
            text += &format!("    {kind}{member}; /* {about} */\n");
        }
        text + &format!("}} {p}_row;\n\n")
    }

    /// Returns the functions that make inputs of raw values.
    pub fn functions(&self, names: &Names) -> String {
        let columns = match self {
            Self::Numbers(numbers) => return scaled(names, numbers),
            Self::Encoded(columns) | Self::Row(columns) => columns,
        };
        let (p, u) = (&names.lower, &names.upper);
        let mut text = helpers(self, names);
        let mut lines = String::new();
        let mut at = 0;
        for (number, (place, column, encoding)) in columns.iter().enumerate() {
            let value = match self {
                Self::Row(_) => format!("row->{place}"),
                _ => format!("input{place}"),
            };
            let code = Code {
                p,
                number,
                value,
                at,
            };
            text += &code.tables(column);
            lines += &code.lines(column, encoding);
            at += encoding.width();
        }
        let parts = if self.has(|rule| matches!(rule, EncodingRule::Date(_))) {
            "    double parts[14];\n"
        } else {
            ""
        };
        text += &format!(
            "/* The inputs of the first layer. */\n\
             {u}_API void {p}_encode({}, float inputs[{u}_INPUTS]) {{\n{parts}{lines}}}\n\n",
            self.parameter(names)
        );
        text
    }
}

/// Whether a row may have no value in a column.
fn may_miss(encoding: &Encoding) -> bool {
    match &encoding.rule {
        EncodingRule::Number(numeric) => numeric.fill.is_some(),
        EncodingRule::Wide(numeric) => numeric.fill.is_some(),
        EncodingRule::Date(date) => date.fill.is_some(),
        EncodingRule::Boolean | EncodingRule::OneHot { .. } => true,
        EncodingRule::Omitted => false,
    }
}

/// Describes a member of the struct, for its comment.
fn about(member: &str, column: &Column, encoding: &Encoding) -> String {
    let mut text = column.kind.name().to_owned();
    let range = encoding.range();
    match (&column.kind, range) {
        (ColumnKind::Category { categories, rare }, _) => {
            let shown: Vec<String> = categories
                .iter()
                .take(MAX_LISTED)
                .map(|c| comment(c))
                .collect();
            text += &format!(": {}", shown.join(", "));
            let more = categories.len().saturating_sub(MAX_LISTED) + rare.len();
            if more > 0 {
                text += &format!(" and {more} more");
            }
        }
        (ColumnKind::Boolean, _) => text += ": 1 or 0",
        (ColumnKind::Date, Some([first, last])) => {
            text += &format!(", {} to {} in training", iso_date(first), iso_date(last));
        }
        (ColumnKind::Number { wide: false }, Some([minimum, maximum])) => {
            text += &format!(", {} to {} in training", minimum as f32, maximum as f32);
        }
        (_, Some([minimum, maximum])) => text += &format!(", {minimum} to {maximum} in training"),
        _ => {}
    }
    if !may_miss(encoding) {
        text += ", never missing";
    }
    if *member != column.name {
        text = format!("column {}: {text}", comment(&column.name));
    }
    text
}

/// Returns a value that a column may have.
fn example(p: &str, column: &Column, encoding: &Encoding) -> String {
    match (&encoding.rule, &column.kind) {
        (EncodingRule::Number(numeric), _) => {
            let value = numeric.fill.map_or(numeric.center, |fill| fill.value);
            value.to_string()
        }
        (EncodingRule::Wide(numeric), _) => {
            let value = numeric.fill.map_or(numeric.center, |fill| fill.value);
            value.to_string()
        }
        (EncodingRule::Date(date), _) => {
            let day = iso_date(date.fill.map_or(date.range[0], |fill| fill.value));
            let parts = day.split('T').next().unwrap_or_default().split('-');
            let parts: Vec<&str> = parts.map(|part| part.trim_start_matches('0')).collect();
            format!("{p}_seconds({}, 0, 0, 0)", parts.join(", "))
        }
        (_, ColumnKind::Category { categories, .. }) => {
            let plain = categories.iter().find(|name| comment(name) == **name);
            plain.map_or_else(|| "NULL".to_owned(), |name| format!("\"{name}\""))
        }
        _ => "1".to_owned(),
    }
}

/// Returns the function that maps a raw value to an input, for columns that are scaled and no more.
fn scaled(names: &Names, numbers: &[&Numeric<f32>]) -> String {
    let p = &names.lower;
    let (mut text, mut lines) = (String::new(), String::new());
    let mut by_column = false;
    if numbers.iter().any(|numeric| numeric.fill.is_some()) {
        let fill =
            |numeric: &&Numeric<f32>| numeric.fill.map_or_else(nan, |fill| float(fill.value));
        text += &array("float", &format!("{p}_fill"), numbers.iter().map(fill));
        lines +=
            &format!("    if (value != value) {{\n        value = {p}_fill[column];\n    }}\n");
        by_column = true;
    }
    let are = |kind| numbers.iter().all(|numeric| numeric.method == kind);
    if are(ScaleKind::Unit) {
        lines += "    value /= 255.0f;\n";
    } else if !are(ScaleKind::None) {
        let center = numbers.iter().map(|numeric| float(numeric.center));
        text += &array("float", &format!("{p}_center"), center);
        let scale = numbers.iter().map(|numeric| float(numeric.scale));
        text += &array("float", &format!("{p}_scale"), scale);
        lines += &format!("    value = (value - {p}_center[column]) / {p}_scale[column];\n");
        by_column = true;
    }
    let mut value = "value".to_owned();
    if numbers.iter().any(|numeric| numeric.smooth_clip) {
        text += &clip(p);
        value = format!("{p}_clip(value)");
        if !numbers.iter().all(|numeric| numeric.smooth_clip) {
            let is_clipped = numbers
                .iter()
                .map(|numeric| u8::from(numeric.smooth_clip).to_string());
            text += &array("unsigned char", &format!("{p}_is_clipped"), is_clipped);
            value = format!("{p}_is_clipped[column] ? {value} : value");
            by_column = true;
        }
    }
    if !by_column {
        lines.insert_str(0, "    (void)column;\n");
    }
    text + &format!(
        "/* A raw value as the first layer takes it. */\nstatic inline float {p}_scaled(float value, size_t column) {{\n{lines}    return {value};\n}}\n\n"
    )
}

fn nan() -> String {
    "NAN".to_owned()
}

fn clip(p: &str) -> String {
    format!(
        "/* Bounds an input to 3 smoothly. */\nstatic inline float {p}_clip(float x) {{\n    \
         if (x > 1e6f) {{\n        x = 1e6f;\n    }}\n    if (x < -1e6f) {{\n        x = -1e6f;\n    }}\n    \
         return x / sqrtf(1.0f + (x / 3.0f) * (x / 3.0f));\n}}\n\n"
    )
}

/// Returns the functions that encodings of these columns need.
fn helpers(input: &Input, names: &Names) -> String {
    let p = &names.lower;
    let mut text = String::new();
    let clips = |rule: &EncodingRule| match rule {
        EncodingRule::Number(numeric) => numeric.smooth_clip,
        EncodingRule::Wide(numeric) => numeric.smooth_clip,
        EncodingRule::Date(date) => date.smooth_clip,
        _ => false,
    };
    if input.has(clips) {
        text += &clip(p);
    }
    for (kind, name) in [("float", "number"), ("double", "wide")] {
        let is_kind = |rule: &EncodingRule| match rule {
            EncodingRule::Number(_) => name == "number",
            EncodingRule::Wide(_) => name == "wide",
            _ => false,
        };
        if input.has(is_kind) {
            text += &format!(
                "/* A number as an input; the fill takes the place of a missing one. */\n\
                 static inline float {p}_{name}({kind} value, {kind} fill, {kind} center, {kind} scale) {{\n    \
                 if (value != value) {{\n        value = fill;\n    }}\n    \
                 return (float)((value - center) / scale);\n}}\n\n"
            );
        }
    }
    if input.has_texts() {
        text += &format!(
            "/* Sets the input of a category to 1, the others to 0; returns whether there is such a category. */\n\
             static inline int {p}_one_hot(const char *text, const char *const *names, const int *places, size_t count,\n\
             {blank}float *inputs, size_t width) {{\n    \
             size_t low = 0, high = count, i;\n    \
             for (i = 0; i < width; ++i) {{\n        inputs[i] = 0.0f;\n    }}\n    \
             while (text != NULL && low < high) {{\n        \
             size_t middle = low + (high - low) / 2;\n        int order = strcmp(text, names[middle]);\n        \
             if (order == 0) {{\n            inputs[places[middle]] = 1.0f;\n            return 1;\n        }}\n        \
             if (order < 0) {{\n            high = middle;\n        }} else {{\n            low = middle + 1;\n        }}\n    \
             }}\n    return 0;\n}}\n\n",
            blank = " ".repeat("static inline int ".len() + p.len() + "_one_hot(".len())
        );
    }
    if input.has(|rule| matches!(rule, EncodingRule::Date(_))) {
        text += &dates(names);
    }
    text
}

/// Returns the functions for points in time.
fn dates(names: &Names) -> String {
    let (p, u) = (&names.lower, &names.upper);
    format!(
        "/* Seconds since 1970-01-01T00:00:00Z of a point in time in UTC; months and days count from 1. */\n\
         {u}_API double {p}_seconds(int year, int month, int day, int hour, int minute, double second) {{\n    \
         /* Years begin in March, so that the leap day is their last. */\n    \
         double y = month < 3 ? year - 1.0 : year;\n    \
         int days = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;\n    \
         y = 365.0 * y + floor(y / 4.0) - floor(y / 100.0) + floor(y / 400.0);\n    \
         return (y + days - 719468.0) * 86400.0 + hour * 3600.0 + minute * 60.0 + second;\n}}\n\n\
         /* Parts of a point in time: days since 1970, year, month, its sine and cosine, day, its sine and cosine,\n   \
         weekday, its sine and cosine, hour, its sine and cosine. */\n\
         static inline void {p}_date_parts(double seconds, double parts[14]) {{\n    \
         const double turn = 6.283185307179586;\n    \
         double days = seconds / 86400.0, whole, cycle;\n    \
         long day, year, month;\n    \
         int i;\n    \
         if (days != days) {{\n        for (i = 0; i < 14; ++i) {{\n            parts[i] = days;\n        }}\n        return;\n    }}\n    \
         if (days > 1e9) {{\n        days = 1e9;\n    }}\n    \
         if (days < -1e9) {{\n        days = -1e9;\n    }}\n    \
         whole = floor(days);\n    \
         /* Cycles of 400 years that begin on the first of March. */\n    \
         cycle = floor((whole + 719468.0) / 146097.0);\n    \
         day = (long)(whole + 719468.0 - cycle * 146097.0);\n    \
         year = (day - day / 1460 + day / 36524 - day / 146096) / 365;\n    \
         day -= 365 * year + year / 4 - year / 100;\n    \
         month = (5 * day + 2) / 153;\n    \
         day -= (153 * month + 2) / 5 - 1;\n    \
         month += month < 10 ? 3 : -9;\n    \
         parts[0] = days;\n    \
         parts[1] = 400.0 * cycle + (double)(year + (month < 3));\n    \
         parts[2] = (double)month;\n    \
         parts[5] = (double)day;\n    \
         parts[8] = whole + 3.0 - 7.0 * floor((whole + 3.0) / 7.0);\n    \
         parts[11] = seconds - whole * 86400.0;\n    \
         parts[11] = parts[11] < 0.0 ? 0.0 : parts[11] > 86400.0 ? 24.0 : parts[11] / 3600.0;\n    \
         parts[3] = turn * (parts[2] - 1.0) / 12.0;\n    \
         parts[6] = turn * (parts[5] - 1.0) / 31.0;\n    \
         parts[9] = turn * parts[8] / 7.0;\n    \
         parts[12] = turn * parts[11] / 24.0;\n    \
         for (i = 3; i < 14; i += 3) {{\n        parts[i + 1] = cos(parts[i]);\n        parts[i] = sin(parts[i]);\n    }}\n}}\n\n"
    )
}

/// The code of a column.
struct Code<'a> {
    p: &'a str,
    /// Its number among those that are inputs.
    number: usize,
    /// The expression of its raw value.
    value: String,
    /// Its first input.
    at: usize,
}

impl Code<'_> {
    /// Returns the constants that it needs: those of a category.
    fn tables(&self, column: &Column) -> String {
        let Self { p, number, .. } = self;
        let ColumnKind::Category { categories, rare } = &column.kind else {
            return String::new();
        };
        let names = places(categories, rare);
        if names.is_empty() {
            return String::new();
        }
        let text = format!(
            "/* Categories of {}, sorted, and their inputs. */\n",
            comment(&column.name)
        );
        let (names, places): (Vec<&str>, Vec<String>) = names.into_iter().unzip();
        let name = format!("{p}_names_{number}");
        let places_of = format!("{p}_places_{number}");
        text + &texts(&name, &names) + &array("int", &places_of, places.into_iter())
    }

    /// Returns the lines that make its inputs.
    fn lines(&self, column: &Column, encoding: &Encoding) -> String {
        let Self {
            p,
            number,
            value,
            at,
        } = self;
        let behind = at + encoding.width() - usize::from(encoding.indicator);
        let is_missing = format!("{value} != {value}");
        let indicator = |is_missing: &str| {
            if encoding.indicator {
                format!("    inputs[{behind}] = {is_missing} ? 1.0f : 0.0f;\n")
            } else {
                String::new()
            }
        };
        let clipped = |clip: bool, input: String| {
            if clip {
                format!("{p}_clip({input})")
            } else {
                input
            }
        };
        let input = match &encoding.rule {
            EncodingRule::Number(numeric) => {
                let fill = numeric.fill.map_or_else(nan, |fill| float(fill.value));
                let (center, scale) = (float(numeric.center), float(numeric.scale));
                let input = format!("{p}_number({value}, {fill}, {center}, {scale})");
                clipped(numeric.smooth_clip, input)
            }
            EncodingRule::Wide(numeric) => {
                let fill = numeric.fill.map_or_else(nan, |fill| double(fill.value));
                let (center, scale) = (double(numeric.center), double(numeric.scale));
                let input = format!("{p}_wide({value}, {fill}, {center}, {scale})");
                clipped(numeric.smooth_clip, input)
            }
            EncodingRule::Boolean => {
                format!("{is_missing} ? 0.5f : {value} != 0.0f ? 1.0f : 0.0f")
            }
            EncodingRule::OneHot { .. } => {
                let count = match &column.kind {
                    ColumnKind::Category { categories, rare } => places(categories, rare).len(),
                    _ => 0, // never: a model's encodings suit its columns
                };
                if count == 0 {
                    // No text is a category: the inputs are 0.
                    let zeros = (*at..behind).map(|input| format!("    inputs[{input}] = 0.0f;\n"));
                    return zeros.collect::<String>()
                        + &format!("    (void){value};\n")
                        + &indicator("1");
                }
                let call = format!(
                    "{p}_one_hot({value}, {p}_names_{number}, {p}_places_{number}, {count}, inputs + {at}, {})",
                    behind - at
                );
                if encoding.indicator {
                    return indicator(&format!("!{call}"));
                }
                return format!("    {call};\n");
            }
            EncodingRule::Date(date) => {
                return self.date_lines(date) + &indicator(&is_missing);
            }
            EncodingRule::Omitted => return indicator(&is_missing),
        };
        format!("    inputs[{at}] = {input};\n") + &indicator(&is_missing)
    }

    fn date_lines(&self, date: &DateEncoding) -> String {
        let Self { p, value, at, .. } = self;
        let filled = date.fill.map_or_else(
            || value.clone(),
            |fill| format!("{value} != {value} ? {} : {value}", double(fill.value)),
        );
        let mut lines = format!("    {p}_date_parts({filled}, parts);\n");
        for (input, at) in date.inputs.iter().zip(*at..) {
            let part = DatePart::ALL.iter().position(|part| *part == input.part);
            let part = part.unwrap_or_default(); // every part is one of all
            let (center, scale) = (double(input.center), double(input.scale));
            let scaled = format!("(float)((parts[{part}] - {center}) / {scale})");
            let scaled = if date.smooth_clip && !input.part.is_on_circle() {
                format!("{p}_clip({scaled})")
            } else {
                scaled
            };
            lines += &format!("    inputs[{at}] = {scaled};\n");
        }
        lines
    }
}

/// Returns the categories that a text in C can be, in the order of `strcmp`, each with its place among the inputs of the
/// column.
fn places<'a>(categories: &'a [String], rare: &'a [String]) -> Vec<(&'a str, String)> {
    let own = categories.iter().enumerate();
    let shared = rare.iter().map(|name| (categories.len(), name));
    let mut names: Vec<(&str, String)> = own
        .chain(shared)
        .filter(|(_, name)| !name.contains('\0')) // where it ends
        .map(|(place, name)| (name.as_str(), place.to_string()))
        .collect();
    names.sort_unstable();
    names
}
