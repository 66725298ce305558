//! Importance of columns, partial dependence and the columns behind single predictions, of networks whose weights are
//! written out by hand.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "numbers of rows are small, and float32 is the network's type"
)]

use mlp_core::config::Activation;
use mlp_core::explanation::{
    Explanation, ExplanationError, ExplanationOptions, Grid, Occlusion, RowSelection,
};
use mlp_core::model::{KernelPredictor, Model, Predictor as _};
use mlp_core::network::{Layer, Network};
use mlp_core::task::{Loss, Metric};
use mlp_data::random::{Purpose, Stream};
use mlp_data::{
    Codes, Column, ColumnKind, ColumnValues, Dataset, Encoding, EncodingRule, Features, ImageShape,
    Numeric, Preprocessor, Schema,
};

const ROWS: usize = 3000;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A network without hidden layers.
fn linear(weight: Vec<f32>, bias: Vec<f32>) -> Network {
    Network {
        layers: vec![Layer { weight, bias }],
        activation: Activation::Tanh,
    }
}

/// y = 2·a, with columns `a` and `noise`, both uniform on [0, 1), and the model that knows it.
fn numbers() -> (Model, Dataset) {
    let schema = Schema::of_values(names(&["a", "noise"]));
    let stream = Stream::new(5, Purpose::Synthesis, 0);
    let values: Vec<f32> = (0..2 * ROWS as u64)
        .map(|at| stream.uniform(at) as f32)
        .collect();
    let targets = values.iter().step_by(2).map(|a| 2.0 * f64::from(*a));
    let targets = targets.collect();
    let dataset = Dataset::new(schema.clone(), Features::Floats(values), None).with_values(targets);
    let network = linear(vec![2.0, 0.0], vec![0.0]);
    let model = Model::new(schema, Preprocessor::identity(), network, Loss::Mse);
    (model, dataset)
}

fn explain(model: &Model, dataset: &Dataset, seed: u64, threads: usize) -> Explanation {
    let rows = dataset.all_rows();
    let all = RowSelection {
        dataset,
        rows: &rows,
    };
    let mut predictor = KernelPredictor::new(model, threads);
    Explanation::new(&mut predictor, 7, all, all, ExplanationOptions::new(seed)).unwrap()
}

#[test]
fn the_importance_of_a_linear_column_is_twice_its_variance_times_its_squared_weight() {
    let (model, dataset) = numbers();
    let found = explain(&model, &dataset, 1, 1);
    assert_eq!((found.step, found.rows, found.repetitions), (7, ROWS, 5));
    assert_eq!(found.metric, Metric::Rmse);
    assert!(found.scores.loss() < 1e-12, "{:?}", found.scores);
    let [a, noise] = found.columns.as_slice() else {
        panic!("{:?}", found.columns);
    };
    assert_eq!((&*a.column, &*noise.column), ("a", "noise"));
    // E (2a − 2a')² of independent a and a' is 2 · 4 · Var a.
    let targets = dataset.values().unwrap();
    let count = targets.len() as f64;
    let mean = targets.iter().sum::<f64>() / count;
    let squares = targets.iter().map(|target| (target - mean).powi(2));
    let expected = 2.0 * squares.sum::<f64>() / count;
    assert!((expected - 8.0 / 12.0).abs() < 0.1);
    assert!((a.loss.mean - expected).abs() < 0.02, "{:?}", a.loss);
    assert!((a.metric.mean - expected.sqrt()).abs() < 0.02);
    assert!(a.loss.standard_deviation > 0.0 && a.loss.standard_deviation < 0.03);
    assert_eq!(noise.loss.values, [0.0; 5]);
}

#[test]
fn the_result_depends_on_the_seed_and_on_no_number_of_threads() {
    let (model, dataset) = numbers();
    let first = explain(&model, &dataset, 1, 1);
    assert_eq!(explain(&model, &dataset, 1, 3), first);
    assert_ne!(explain(&model, &dataset, 2, 1).columns, first.columns);
    let text = serde_json::to_string(&first).unwrap();
    assert_eq!(serde_json::from_str::<Explanation>(&text).unwrap(), first);
}

#[test]
fn of_many_rows_a_sample_is_explained() {
    let (model, dataset) = numbers();
    let rows: Vec<u32> = (0..ROWS as u32).step_by(2).collect();
    let explained = RowSelection {
        dataset: &dataset,
        rows: &rows,
    };
    let options = ExplanationOptions {
        max_rows: 100,
        repetitions: 2,
        ..ExplanationOptions::new(1)
    };
    let mut predictor = KernelPredictor::new(&model, 1);
    let found = Explanation::new(&mut predictor, 7, explained, explained, options).unwrap();
    assert_eq!((found.rows, found.available_rows), (100, ROWS / 2));
    assert_eq!(found.columns[0].loss.values.len(), 2);
    assert_eq!(found.partial_dependence[0].rows, 100);
}

#[test]
fn the_partial_dependence_of_a_linear_column_is_its_line() {
    let (model, dataset) = numbers();
    let found = explain(&model, &dataset, 1, 1);
    let dependence = &found.partial_dependence[0];
    assert_eq!(dependence.column, "a");
    let Grid::Number(grid) = &dependence.grid else {
        panic!("{:?}", dependence.grid);
    };
    assert_eq!(grid.len(), 20);
    assert!(grid.is_sorted() && grid[0] > 0.0 && grid[0] < 0.03 && grid[19] > 0.97);
    let [curve] = dependence.curves.as_slice() else {
        panic!("numbers have one curve");
    };
    for (at, value) in grid.iter().enumerate() {
        for found in [curve.mean[at], curve.low[at], curve.high[at]] {
            assert!((found - 2.0 * value).abs() < 1e-5, "{found} at {value}");
        }
    }
    // Of the other column the mean is the same everywhere, and the spread is that of 2a.
    let [flat] = found.partial_dependence[1].curves.as_slice() else {
        panic!("numbers have one curve");
    };
    assert!(flat.mean.iter().all(|mean| (mean - 1.0).abs() < 0.05));
    assert!((flat.low[0] - 0.2).abs() < 0.05 && (flat.high[0] - 1.8).abs() < 0.05);
}

#[test]
fn bytes_are_explained_as_the_same_numbers_are() {
    let schema = Schema::of_numbers(names(&["a", "b"]), names(&["no", "yes"]));
    let stream = Stream::new(8, Purpose::Synthesis, 0);
    let bytes: Vec<u8> = (0..400).map(|at| stream.below(at, 256) as u8).collect();
    let labels: Vec<u32> = bytes
        .iter()
        .step_by(2)
        .map(|a| u32::from(*a > 128))
        .collect();
    let floats = bytes.iter().map(|byte| f32::from(*byte)).collect();
    let network = linear(vec![-1.0, 1.0, 0.1, 0.0], vec![0.5, -0.5]);
    let model = Model::new(
        schema.clone(),
        Preprocessor::pixels(),
        network,
        Loss::CrossEntropy,
    );
    let of = |features| Dataset::new(schema.clone(), features, Some(labels.clone()));
    let found = explain(&model, &of(Features::Bytes(bytes)), 1, 1);
    assert_eq!(found, explain(&model, &of(Features::Floats(floats)), 1, 1));
    assert_eq!(found.columns[0].column, "a");
    assert!(found.columns[0].metric.mean > 0.3, "{:?}", found.columns[0]);
}

#[test]
fn pixels_and_losses_beyond_32_bits_are_refused_by_name() {
    let pixels: Vec<String> = (0..4).map(|pixel| format!("pixel{pixel}")).collect();
    let schema = Schema {
        image: Some(ImageShape {
            height: 2,
            width: 2,
        }),
        ..Schema::of_numbers(pixels, names(&["no", "yes"]))
    };
    let network = linear(vec![0.0; 8], vec![0.0; 2]);
    let model = Model::new(schema, Preprocessor::pixels(), network, Loss::CrossEntropy);
    let refused = Occlusion::new(&model, 3).unwrap_err();
    assert!(refused.to_string().contains("2 × 2"), "{refused}");

    let (mut model, dataset) = numbers();
    model = Model::new(
        model.schema,
        model.preprocessor,
        linear(vec![f32::MAX, 1.0], vec![f32::MAX]),
        Loss::Mse,
    );
    let rows = dataset.all_rows();
    let all = RowSelection {
        dataset: &dataset,
        rows: &rows,
    };
    let mut predictor = KernelPredictor::new(&model, 1);
    let options = ExplanationOptions::new(1);
    let refused = Explanation::new(&mut predictor, 7, all, all, options).unwrap_err();
    assert_eq!(refused, ExplanationError::NotFinite { column: None });
}

/// A category of three, a boolean and a number, and a model that reads the logit of `yes` off them: oak 2, yew 0, the rare
/// ones −2; true 1; the number itself, less 10.
fn mixed() -> (Model, Dataset) {
    let column = |name: &str, kind| Column {
        name: name.to_owned(),
        kind,
    };
    let schema = Schema {
        columns: vec![
            column(
                "tree",
                ColumnKind::Category {
                    categories: names(&["oak", "yew"]),
                    rare: names(&["ash", "box"]),
                },
            ),
            column("old", ColumnKind::Boolean),
            column("height", ColumnKind::NUMBER),
        ],
        ..Schema::of_numbers(Vec::new(), names(&["no", "yes"]))
    };
    let encoding = |rule| Encoding {
        rule,
        missing: 0,
        indicator: false,
    };
    let preprocessor = Preprocessor::of_columns(&[
        encoding(EncodingRule::OneHot {
            categories: 2,
            rare: 2,
        }),
        encoding(EncodingRule::Boolean),
        Encoding::number(Numeric::IDENTITY.filled(Some(10.0))),
    ]);
    let weight = [2.0, 0.0, -2.0, 1.0, 1.0];
    let network = linear(
        weight.into_iter().flat_map(|w| [0.0, w]).collect(),
        vec![0.0, -10.0],
    );
    let codes: Vec<u32> = (0..60).map(|row| 1 + row % 4).collect();
    let heights = (0..60).map(|row: u16| f32::from(8 + row % 5));
    let features = Features::Columns(vec![
        ColumnValues::Codes(Codes::new(codes, 4)),
        ColumnValues::Codes(Codes::new((0..60).map(|row| 1 + row % 2).collect(), 2)),
        ColumnValues::Floats(heights.collect()),
    ]);
    let labels = (0..60).map(|row| u32::from(row % 3 == 0)).collect();
    let dataset = Dataset::new(schema.clone(), features, Some(labels));
    let model = Model::new(schema, preprocessor, network, Loss::CrossEntropy);
    (model, dataset)
}

#[test]
fn a_column_of_categories_is_one_column() {
    let (model, dataset) = mixed();
    let found = explain(&model, &dataset, 3, 1);
    let mut columns: Vec<&str> = found.columns.iter().map(|one| &*one.column).collect();
    columns.sort_unstable();
    assert_eq!(columns, ["height", "old", "tree"]);
    let of = |name: &str| {
        let mut all = found.partial_dependence.iter();
        all.find(|one| one.column == name).unwrap()
    };
    // Of two classes the rarer one; the rare categories share a value.
    let tree = of("tree");
    assert_eq!(tree.grid, Grid::Category(names(&["oak", "yew", "2 rare"])));
    assert_eq!(tree.curves.len(), 1);
    assert_eq!(tree.curves[0].class.as_deref(), Some("yes"));
    let mean = &tree.curves[0].mean;
    assert!(mean[0] > mean[1] && mean[1] > mean[2], "{mean:?}");
    assert_eq!(of("old").grid, Grid::Category(names(&["false", "true"])));
    assert_eq!(
        of("height").grid,
        Grid::Number(vec![8.0, 9.0, 10.0, 11.0, 12.0])
    );
}

#[test]
fn effects_are_the_changes_of_the_log_odds_of_the_predicted_class() {
    let (model, dataset) = mixed();
    let before = dataset.clone();
    let mut predictor = KernelPredictor::new(&model, 1);
    let predictions = predictor.predict(&dataset, &dataset.all_rows());
    let found = Occlusion::new(&model, 2)
        .unwrap()
        .effects(&mut predictor, &dataset, &predictions);
    assert_eq!((found.len(), &dataset), (60, &before));
    for (row, effects) in found.iter().enumerate() {
        let logit = |value: f64| {
            if predictions.classes()[row].class == 1 {
                value
            } else {
                -value
            }
        };
        let mut expected = vec![
            (0, logit([2.0, 0.0, -2.0, -2.0][row % 4])),
            (1, logit(if row % 2 == 1 { 0.5 } else { -0.5 })), // from the middle
            (2, logit((row % 5) as f64 - 2.0)),
        ];
        expected.retain(|(_, effect)| *effect != 0.0);
        expected.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        expected.truncate(2);
        assert_eq!(effects.len(), expected.len(), "row {row}");
        for (effect, (column, size)) in effects.iter().zip(&expected) {
            assert_eq!(
                effect.column, *column,
                "row {row}: {effects:?}, {expected:?}"
            );
            assert!(
                (effect.effect - size).abs() < 1e-5,
                "row {row}: {effects:?}"
            );
        }
    }
}
