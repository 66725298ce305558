//! Nodes from the raw values of rows to the inputs of the first layer.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::graph::{Element, Graph, index, integer, integers, texts};
use super::{INPUT, OUTPUT};
use crate::export::Exported;
use mlp_core::config::ScaleKind;
use mlp_data::{Column, ColumnKind, DateEncoding, DatePart, Encoding, EncodingRule, Numeric};

/// Inputs of the first layer, `[N, inputs]`, that a node makes.
struct Block {
    /// Output of the node.
    name: String,
    /// The number of each input.
    inputs: Vec<usize>,
}

/// Adds the inputs of the graph and the nodes that fill and encode them; returns the name of their output, `[N, inputs]`.
pub(super) fn inputs(graph: &mut Graph, model: &Exported) -> String {
    let columns = columns(model);
    if model.model.schema.is_numeric() {
        let about = "Rows of raw values, as the data file has them; NaN for a missing one.";
        graph.input(INPUT, Element::Float, columns.len(), about);
        let encodings: Vec<&Encoding> = columns.iter().map(|column| column.encoding).collect();
        let places: Vec<usize> = columns.iter().map(|column| column.at).collect();
        return numbers(graph, INPUT, Element::Float, &encodings, &places).name;
    }
    for column in columns.iter().filter(|column| column.is_input()) {
        graph.input(&column.name, column.element(), 1, &column.about());
    }
    let mut blocks = Vec::new();
    let is_float = |rule: &EncodingRule| matches!(rule, EncodingRule::Number(_));
    let is_wide = |rule: &EncodingRule| matches!(rule, EncodingRule::Wide(_));
    blocks.extend(gathered(
        graph,
        &columns,
        "floats",
        Element::Float,
        is_float,
        numbers,
    ));
    blocks.extend(gathered(
        graph,
        &columns,
        "doubles",
        Element::Double,
        is_wide,
        numbers,
    ));
    let is_boolean = |rule: &EncodingRule| *rule == EncodingRule::Boolean;
    blocks.extend(gathered(
        graph,
        &columns,
        "booleans",
        Element::Float,
        is_boolean,
        booleans,
    ));
    for (number, column) in columns.iter().enumerate() {
        let name = format!("column{number}");
        match (&column.encoding.rule, &column.column.kind) {
            (EncodingRule::OneHot { .. }, ColumnKind::Category { categories, rare }) => {
                blocks.push(category(graph, &name, column, categories, rare));
            }
            (EncodingRule::Date(date), _) => blocks.push(dates(graph, &name, column, date)),
            _ => {}
        }
    }
    in_order(graph, &blocks)
}

/// Describes the inputs of the graph for programs: name of the column and of the input, kind, type, missing values.
pub(super) fn description(model: &Exported) -> Value {
    let columns = columns(model);
    let of = |column: &Input| {
        json!({
            "name": column.column.name,
            "input": column.name,
            "kind": column.column.kind.name(),
            "type": column.element().tensor(),
            "missing": if column.element() == Element::Text { "empty text" } else { "NaN" },
        })
    };
    let inputs = columns.iter().filter(|column| column.is_input());
    inputs.map(of).collect()
}

/// A column of the rows.
struct Input<'a> {
    column: &'a Column,
    encoding: &'a Encoding,
    /// Its name among the inputs of the graph.
    name: String,
    /// The first of its inputs of the first layer.
    at: usize,
}

fn columns(model: &Exported) -> Vec<Input<'_>> {
    let schema = &model.model.schema;
    let mut taken = HashSet::from([OUTPUT.to_owned()]);
    let mut at = 0;
    let columns = schema.columns.iter().enumerate();
    let of = |(number, column): (usize, &'_ Column)| {
        let encoding = model.model.preprocessor.encoding(number);
        let mut input: String = column
            .name
            .chars()
            .map(|c| if c.is_control() { '_' } else { c })
            .collect();
        if input.is_empty() || input.starts_with('/') {
            input.insert(0, '_');
        }
        while !taken.insert(input.clone()) {
            input.push('_');
        }
        let first = at;
        at += encoding.width();
        (input, encoding, first)
    };
    let named: Vec<(String, &Encoding, usize)> = columns.map(of).collect();
    let columns = schema.columns.iter().zip(named);
    columns
        .map(|(column, (name, encoding, at))| Input {
            column,
            encoding,
            name,
            at,
        })
        .collect()
}

impl Input<'_> {
    /// Whether the network takes anything of it.
    fn is_input(&self) -> bool {
        self.encoding.rule != EncodingRule::Omitted
    }

    fn element(&self) -> Element {
        match self.column.kind {
            ColumnKind::Number { wide: false } | ColumnKind::Boolean => Element::Float,
            ColumnKind::Number { wide: true } | ColumnKind::Date => Element::Double,
            ColumnKind::Category { .. } => Element::Text,
        }
    }

    fn about(&self) -> String {
        let what = match self.column.kind {
            ColumnKind::Number { .. } => "A number; NaN if missing.",
            ColumnKind::Boolean => "A boolean, 1 or 0; NaN if missing.",
            ColumnKind::Date => {
                "A point in time, in seconds since 1970-01-01T00:00:00Z; NaN if missing."
            }
            ColumnKind::Category { .. } => {
                "A category; an empty text if missing, which any other text counts as that is none."
            }
        };
        format!("Column {:?}. {what}", self.column.name)
    }
}

/// What makes inputs of a matrix of raw values, `[N, columns]`: the encoding of each column, and its first input.
type Maker = fn(&mut Graph, &str, Element, &[&Encoding], &[usize]) -> Block;

/// Adds the nodes of all columns of one kind, whose values are put next to each other first.
fn gathered(
    graph: &mut Graph,
    columns: &[Input],
    name: &str,
    element: Element,
    is: impl Fn(&EncodingRule) -> bool,
    make: Maker,
) -> Option<Block> {
    let columns = columns.iter().filter(|column| is(&column.encoding.rule));
    let columns: Vec<&Input> = columns.collect();
    let inputs: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let matrix = match inputs.as_slice() {
        [] => return None,
        [one] => (*one).to_owned(),
        several => graph.node("Concat", several, name, &[integer("axis", 1)]),
    };
    let encodings: Vec<&Encoding> = columns.iter().map(|column| column.encoding).collect();
    let places: Vec<usize> = columns.iter().map(|column| column.at).collect();
    Some(make(graph, &matrix, element, &encodings, &places))
}

/// Adds the nodes of numbers: fills, scales, bounds, indicators.
fn numbers(
    graph: &mut Graph,
    matrix: &str,
    element: Element,
    encodings: &[&Encoding],
    places: &[usize],
) -> Block {
    let part = |what: &str| match element {
        Element::Double => format!("doubles.{what}"),
        _ => format!("floats.{what}"),
    };
    let count = encodings.len();
    let numerics: Vec<Option<Numeric<f64>>> = encodings.iter().map(|one| numeric(one)).collect();
    let of = |value: fn(&Numeric<f64>) -> f64, omitted: f64| -> Vec<f64> {
        let values = numerics.iter();
        values
            .map(|numeric| numeric.as_ref().map_or(omitted, value))
            .collect()
    };
    let known = || numerics.iter().flatten();
    let fills = known().any(|numeric| numeric.fill.is_some());
    let missing = (fills || encodings.iter().any(|encoding| encoding.indicator))
        .then(|| graph.node("IsNaN", &[matrix], &part("is_missing"), &[]));
    let mut last = matrix.to_owned();
    if let Some(missing) = missing.as_ref().filter(|_| fills) {
        let fill = of(
            |numeric| numeric.fill.map_or(f64::NAN, |fill| fill.value),
            f64::NAN,
        );
        let fill = graph.reals(&part("fill"), element, &[count], &fill);
        last = graph.node("Where", &[missing, &fill, &last], &part("filled"), &[]);
    }
    if known().all(|numeric| numeric.method == ScaleKind::Unit) {
        let largest = graph.number(element, 255.0);
        last = graph.node("Div", &[&last, &largest], &part("scaled"), &[]);
    } else if !known().all(|numeric| numeric.method == ScaleKind::None) {
        let center = graph.reals(&part("center"), element, &[count], &of(|n| n.center, 0.0));
        let scale = graph.reals(&part("scale"), element, &[count], &of(|n| n.scale, 1.0));
        last = graph.node("Sub", &[&last, &center], &part("centred"), &[]);
        last = graph.node("Div", &[&last, &scale], &part("scaled"), &[]);
    }
    if element == Element::Double {
        last = graph.node("Cast", &[&last], &part("narrow"), &[to(Element::Float)]);
    }
    if known().any(|numeric| numeric.smooth_clip) {
        let clipped = smooth_clip(graph, &last, &part("clipped"));
        last = if known().all(|numeric| numeric.smooth_clip) {
            clipped
        } else {
            let is = |numeric: &Option<Numeric<f64>>| numeric.is_some_and(|one| one.smooth_clip);
            let is_clipped: Vec<bool> = numerics.iter().map(is).collect();
            let is_clipped = graph.booleans(&part("is_clipped"), &[count], &is_clipped);
            graph.node(
                "Where",
                &[&is_clipped, &clipped, &last],
                &part("bounded"),
                &[],
            )
        };
    }
    with_indicators(graph, last, missing, encodings, places, &part("inputs"))
}

/// Returns the scaling of a column of numbers; `None` for one that is no input.
fn numeric(encoding: &Encoding) -> Option<Numeric<f64>> {
    match &encoding.rule {
        EncodingRule::Number(numeric) => Some(numeric.widened()),
        EncodingRule::Wide(numeric) => Some(*numeric),
        _ => None,
    }
}

/// Adds the nodes of booleans.
fn booleans(
    graph: &mut Graph,
    matrix: &str,
    element: Element,
    encodings: &[&Encoding],
    places: &[usize],
) -> Block {
    let missing = graph.node("IsNaN", &[matrix], "booleans.is_missing", &[]);
    let truth = graph.node("Cast", &[matrix], "booleans.truth", &[to(Element::Bool)]);
    let numbers = graph.node("Cast", &[&truth], "booleans.numbers", &[to(element)]);
    let half = graph.number(element, 0.5);
    let filled = graph.node(
        "Where",
        &[&missing, &half, &numbers],
        "booleans.filled",
        &[],
    );
    with_indicators(
        graph,
        filled,
        Some(missing),
        encodings,
        places,
        "booleans.inputs",
    )
}

/// Adds indicators of missing values behind their columns, and takes out columns that are no input. `places` are the first
/// inputs of the columns.
fn with_indicators(
    graph: &mut Graph,
    values: String,
    missing: Option<String>,
    encodings: &[&Encoding],
    places: &[usize],
    name: &str,
) -> Block {
    let count = encodings.len();
    let (mut chosen, mut inputs) = (Vec::new(), Vec::new());
    for (column, (encoding, &at)) in encodings.iter().zip(places).enumerate() {
        if encoding.rule != EncodingRule::Omitted {
            chosen.push(column);
            inputs.push(at);
        }
        if encoding.indicator {
            chosen.push(count + column);
            inputs.push(at + encoding.width() - 1);
        }
    }
    if chosen.len() == count && encodings.iter().all(|encoding| !encoding.indicator) {
        return Block {
            name: values,
            inputs,
        };
    }
    let mut last = values;
    if let Some(missing) = missing.filter(|_| encodings.iter().any(|encoding| encoding.indicator)) {
        let indicators = format!("{name}.missing");
        let missing = graph.node("Cast", &[&missing], &indicators, &[to(Element::Float)]);
        let all = format!("{name}.all");
        last = graph.node("Concat", &[&last, &missing], &all, &[integer("axis", 1)]);
    }
    let chosen = graph.indices(&format!("{name}.chosen"), &chosen);
    let last = graph.node("Gather", &[&last, &chosen], name, &[integer("axis", 1)]);
    Block { name: last, inputs }
}

/// Adds x / √(1 + (x/3)²), which bounds inputs to 3; numbers beyond a million, whose squares would overflow, count as one.
/// `Clip` may lose NaN.
fn smooth_clip(graph: &mut Graph, x: &str, output: &str) -> String {
    let number = |graph: &mut Graph, value| graph.number(Element::Float, value);
    let (most, three, one) = (number(graph, 1e6), number(graph, 3.0), number(graph, 1.0));
    let part = |what: &str| format!("{output}.{what}");
    let size = graph.node("Abs", &[x], &part("size"), &[]);
    let is_large = graph.node("Greater", &[&size, &most], &part("is_large"), &[]);
    let sign = graph.node("Sign", &[x], &part("sign"), &[]);
    let largest = graph.node("Mul", &[&sign, &most], &part("largest"), &[]);
    let bounded = graph.node("Where", &[&is_large, &largest, x], &part("bounded"), &[]);
    let third = graph.node("Div", &[&bounded, &three], &part("third"), &[]);
    let square = graph.node("Mul", &[&third, &third], &part("square"), &[]);
    let sum = graph.node("Add", &[&square, &one], &part("sum"), &[]);
    let root = graph.node("Sqrt", &[&sum], &part("root"), &[]);
    graph.node("Div", &[&bounded, &root], output, &[])
}

/// Adds the nodes of a column of categories: its number, compared with those of all.
///
/// Comparing the texts would need no `ai.onnx.ml`, but opset 19, and each text would be compared with each category.
fn category(
    graph: &mut Graph,
    name: &str,
    column: &Input,
    categories: &[String],
    rare: &[String],
) -> Block {
    let part = |what: &str| format!("{name}.{what}");
    let shared = rare
        .iter()
        .map(|category| (category, index(categories.len())));
    let own = categories.iter().zip(0..);
    let mut known: Vec<(&str, i64)> = own
        .chain(shared)
        .map(|(category, input)| (category.as_str(), input))
        .collect();
    if known.is_empty() {
        known.push(("", -1)); // the operator wants a key
    }
    let attributes = [
        texts("keys_strings", known.iter().map(|(category, _)| *category)),
        integers("values_int64s", known.iter().map(|(_, input)| *input)),
        integer("default_int64", -1),
    ];
    let code = graph.ml_node("LabelEncoder", &[&column.name], &part("code"), &attributes);
    let width = categories.len() + usize::from(!rare.is_empty());
    // The last is what a missing category has.
    let mut codes: Vec<i64> = (0..index(width)).collect();
    if column.encoding.indicator {
        codes.push(-1);
    }
    let codes = graph.integers(&part("codes"), &[1, codes.len()], &codes);
    let is_equal = graph.node("Equal", &[&code, &codes], &part("is_equal"), &[]);
    let inputs = graph.node("Cast", &[&is_equal], &part("inputs"), &[to(Element::Float)]);
    let width = column.encoding.width();
    Block {
        name: inputs,
        inputs: (column.at..column.at + width).collect(),
    }
}

/// Adds the nodes of a point in time. All numbers are doubles, in which the whole ones here are exact, and NaN remains.
fn dates(graph: &mut Graph, name: &str, column: &Input, date: &DateEncoding) -> Block {
    let missing = graph.node("IsNaN", &[&column.name], &format!("{name}.is_missing"), &[]);
    let mut seconds = column.name.clone();
    if let Some(fill) = &date.fill {
        let fill = graph.number(Element::Double, fill.value);
        let filled = format!("{name}.filled");
        seconds = graph.node("Where", &[&missing, &fill, &seconds], &filled, &[]);
    }
    let mut sums = Arithmetic {
        graph,
        name,
        count: 0,
    };
    let parts = sums.parts(&seconds);
    let mut outputs: Vec<String> = Vec::new();
    for input in &date.inputs {
        let part = DatePart::ALL.iter().position(|part| *part == input.part);
        let part = parts[part.unwrap_or_default()].clone(); // every part is one of all
        let scaled = if input.part.is_on_circle() {
            part
        } else {
            let centred = sums.with("Sub", &part, input.center);
            let scaled = sums.with("Div", &centred, input.scale);
            let narrow = sums.cast(&scaled, Element::Float);
            if date.smooth_clip {
                let clipped = format!("{name}.{}", input.part.name());
                smooth_clip(sums.graph, &narrow, &clipped)
            } else {
                narrow
            }
        };
        outputs.push(scaled);
    }
    if column.encoding.indicator {
        outputs.push(sums.cast(&missing, Element::Float));
    }
    let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
    let inputs = format!("{name}.inputs");
    let inputs = graph.node("Concat", &outputs, &inputs, &[integer("axis", 1)]);
    Block {
        name: inputs,
        inputs: (column.at..column.at + column.encoding.width()).collect(),
    }
}

/// Nodes whose names count up.
struct Arithmetic<'a> {
    graph: &'a mut Graph,
    name: &'a str,
    count: usize,
}

impl Arithmetic<'_> {
    fn next(&mut self) -> String {
        self.count += 1;
        format!("{}.{}", self.name, self.count)
    }

    fn of(&mut self, operator: &str, inputs: &[&str]) -> String {
        let output = self.next();
        self.graph.node(operator, inputs, &output, &[])
    }

    fn with(&mut self, operator: &str, input: &str, number: f64) -> String {
        let number = self.graph.number(Element::Double, number);
        self.of(operator, &[input, &number])
    }

    /// ⌊input / number⌋
    fn floored(&mut self, input: &str, number: f64) -> String {
        let quotient = self.with("Div", input, number);
        self.of("Floor", &[&quotient])
    }

    /// input − number · ⌊input / number⌋
    fn modulo(&mut self, input: &str, number: f64) -> String {
        let floored = self.floored(input, number);
        let whole = self.with("Mul", &floored, number);
        self.of("Sub", &[input, &whole])
    }

    fn clamped(&mut self, input: &str, minimum: f64, maximum: f64) -> String {
        let least = self.graph.number(Element::Double, minimum);
        let most = self.graph.number(Element::Double, maximum);
        let is_less = self.of("Less", &[input, &least]);
        let raised = self.of("Where", &[&is_less, &least, input]);
        let is_more = self.of("Greater", &[&raised, &most]);
        self.of("Where", &[&is_more, &most, &raised])
    }

    fn cast(&mut self, input: &str, element: Element) -> String {
        let output = self.next();
        self.graph.node("Cast", &[input], &output, &[to(element)])
    }

    /// Returns sine and cosine of a place on a circle of this length, as float32.
    fn circle(&mut self, place: &str, length: f64) -> [String; 2] {
        let turns = self.with("Mul", place, std::f64::consts::TAU / length);
        let angle = self.cast(&turns, Element::Float);
        [self.of("Sin", &[&angle]), self.of("Cos", &[&angle])]
    }

    /// Returns all parts of a point in time, in the order of [`DatePart::ALL`].
    fn parts(&mut self, seconds: &str) -> [String; 14] {
        const DAY: f64 = 86_400.0;
        let days = self.with("Div", seconds, DAY);
        let days = self.clamped(&days, -1e9, 1e9);
        let whole = self.of("Floor", &[&days]);
        // Years begin in March, so that the leap day is their last; cycles have 400 of them.
        let from_march = self.with("Add", &whole, 719_468.0);
        let cycle = self.floored(&from_march, 146_097.0);
        let day = self.modulo(&from_march, 146_097.0);
        let (fours, centuries, last) = (
            self.floored(&day, 1460.0),
            self.floored(&day, 36_524.0),
            self.floored(&day, 146_096.0),
        );
        let year = self.of("Sub", &[&day, &fours]);
        let year = self.of("Add", &[&year, &centuries]);
        let year = self.of("Sub", &[&year, &last]);
        let year = self.floored(&year, 365.0);
        let (leap_days, centuries) = (self.floored(&year, 4.0), self.floored(&year, 100.0));
        let start = self.with("Mul", &year, 365.0);
        let start = self.of("Add", &[&start, &leap_days]);
        let start = self.of("Sub", &[&start, &centuries]);
        let day = self.of("Sub", &[&day, &start]);
        // Five months from March on have 153 days.
        let month = self.with("Mul", &day, 5.0);
        let month = self.with("Add", &month, 2.0);
        let month = self.floored(&month, 153.0);
        let before = self.with("Mul", &month, 153.0);
        let before = self.with("Add", &before, 2.0);
        let before = self.floored(&before, 5.0);
        let day = self.of("Sub", &[&day, &before]);
        let is_next = self.floored(&month, 10.0); // 1 for January and February
        let months = self.with("Mul", &is_next, 12.0);
        let month_from_0 = self.with("Add", &month, 2.0);
        let month_from_0 = self.of("Sub", &[&month_from_0, &months]); // from 0
        let years = self.with("Mul", &cycle, 400.0);
        let year = self.of("Add", &[&year, &years]);
        let year = self.of("Add", &[&year, &is_next]);
        let weekday = self.with("Add", &whole, 3.0);
        let weekday = self.modulo(&weekday, 7.0);
        let midnight = self.with("Mul", &whole, DAY);
        let hour = self.of("Sub", &[seconds, &midnight]);
        let hour = self.clamped(&hour, 0.0, DAY);
        let hour = self.with("Div", &hour, 3600.0);
        let [month_sin, month_cos] = self.circle(&month_from_0, 12.0);
        let [day_sin, day_cos] = self.circle(&day, 31.0);
        let [weekday_sin, weekday_cos] = self.circle(&weekday, 7.0);
        let [hour_sin, hour_cos] = self.circle(&hour, 24.0);
        let month = self.with("Add", &month_from_0, 1.0);
        let day = self.with("Add", &day, 1.0);
        [
            days,
            year,
            month,
            month_sin,
            month_cos,
            day,
            day_sin,
            day_cos,
            weekday,
            weekday_sin,
            weekday_cos,
            hour,
            hour_sin,
            hour_cos,
        ]
    }
}

/// Puts blocks next to each other, the inputs in their order.
fn in_order(graph: &mut Graph, blocks: &[Block]) -> String {
    let names: Vec<&str> = blocks.iter().map(|block| block.name.as_str()).collect();
    let inputs: Vec<usize> = blocks
        .iter()
        .flat_map(|block| &block.inputs)
        .copied()
        .collect();
    let all = match names.as_slice() {
        [one] => (*one).to_owned(),
        several => graph.node("Concat", several, "all_inputs", &[integer("axis", 1)]),
    };
    if inputs.is_sorted() {
        return all;
    }
    let mut order: Vec<usize> = (0..inputs.len()).collect();
    order.sort_by_key(|&place| inputs[place]);
    let order = graph.indices("order", &order);
    graph.node("Gather", &[&all, &order], "inputs", &[integer("axis", 1)])
}

/// The attribute that says what `Cast` makes.
fn to(element: Element) -> super::Message {
    integer("to", element.code().cast_signed())
}
