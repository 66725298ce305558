//! `mlp gradcheck`: what is right passes, and every planted mistake is found where it is.

use serde_json::Value;

use crate::support::devices::cpu_backends;
use crate::support::experiment::{EVENTFUL, Experiment};
use crate::support::folder_with_configs;
use crate::support::program::{fails, json, stdout};

/// 6 features, 3 classes: weights of 6×5, 5×4 and 4×3.
const CONFIG: &str = r#"
name = "checked"
seed = 3

[data]
train = "train.csv"
scale = "standard"

[model]
hidden = [5, 4]

[training]
batch_size = 16
"#;

const CHECK: [&str; 3] = ["gradcheck", "--config", "config.toml"];

/// The document of a check with these further arguments, and its exit code.
fn checked(experiment: &Experiment, more: &[&str]) -> (Value, Option<i32>) {
    let ran = experiment.run(&[&CHECK[..], more, &["--json"]].concat());
    let document = serde_json::from_str(&ran.stdout);
    (
        document.unwrap_or_else(|_| panic!("{more:?}: {}", ran.stderr)),
        ran.code,
    )
}

/// The tensors that missed a bar, each once: `3 weights`.
fn missed(document: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for tensor in document["missed"].as_array().unwrap() {
        let name = format!(
            "{} {}",
            tensor["layer"],
            tensor["parameter"].as_str().unwrap()
        );
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn tensors(document: &Value) -> impl Iterator<Item = &Value> {
    let pairs = document["pairs"].as_array().unwrap().iter();
    pairs.flat_map(|pair| pair["tensors"].as_array().unwrap())
}

#[test]
fn every_activation_passes_on_every_backend() {
    let experiment = Experiment::new(CONFIG);
    for backend in cpu_backends() {
        for activation in ["tanh", "sigmoid", "relu", "leaky_relu", "gelu", "silu"] {
            let set = format!("model.activation=\"{activation}\"");
            let more = ["--backend", backend.name(), "--set", &set];
            let (document, code) = checked(&experiment, &more);
            assert_eq!(
                code,
                Some(0),
                "{activation} on {}: {document:#}",
                backend.name()
            );
            assert_eq!(document["passed"], true);
            assert_eq!(document["parameters"], 6 * 5 + 5 + 5 * 4 + 4 + 4 * 3 + 3);
            assert_eq!(document["rows"], 16);
            assert_eq!(document["pairs"].as_array().unwrap().len(), 4);
            for tensor in tensors(&document) {
                assert_eq!(tensor["compared"], tensor["parameters"], "{activation}");
            }
            // What ndarray rounds to float32 is held to the bar of float32, and that is said.
            let rounded = backend.name() == "ndarray" && ["sigmoid", "silu"].contains(&activation);
            let bar = if rounded { 1e-3 } else { 1e-6 };
            assert_eq!(document["pairs"][0]["bar"], bar);
            assert_eq!(
                document["notes"]
                    .to_string()
                    .contains("to float32 whatever"),
                rounded
            );
        }
    }
}

/// What each mistake spoils, beginning where it is.
const SPOILT: [(&str, &[&str]); 6] = [
    ("sign-flipped", &["3 weights"]),
    (
        "missing-mean",
        &[
            "3 weights",
            "3 biases",
            "2 weights",
            "2 biases",
            "1 weights",
            "1 biases",
        ],
    ),
    (
        "transposed-weight",
        &["2 weights", "2 biases", "1 weights", "1 biases"],
    ),
    ("forgotten-bias", &["1 biases"]),
    ("wrong-activation", &["1 weights", "1 biases"]),
    ("off-by-one-rows", &["1 weights"]),
];

#[test]
fn every_planted_mistake_is_found_where_it_is() {
    let experiment = Experiment::new(CONFIG);
    for reduction in ["mean", "sum"] {
        for activation in ["tanh", "sigmoid", "relu"] {
            for (bug, expected) in SPOILT {
                let set = format!("optimizer.gradient_reduction=\"{reduction}\"");
                let more = format!("model.activation=\"{activation}\"");
                let more = ["--set", &set, "--set", &more, "--inject-bug", bug];
                let (document, code) = checked(&experiment, &more);
                let what = format!("{bug}, {activation}, {reduction}");
                assert_eq!(code, Some(1), "{what}");
                assert_eq!(missed(&document), expected, "{what}");
                assert_eq!(document["suspect"], "closed_form", "{what}");
                assert_eq!(document["injected_bug"], bug);
            }
        }
    }
}

#[test]
fn a_mistake_is_reported_with_its_place_and_both_values() {
    let experiment = Experiment::new(CONFIG);
    let run = |bug| experiment.run(&[&CHECK[..], &["--inject-bug", bug]].concat());
    let ran = run("off-by-one-rows").code(1).says(&[
        "error: the gradient of layer 1 weights is not right: autodiff and closed form differ by",
        "where the bar is 1e-6, at weights[",
        "the closed form is wrong",
    ]);
    // The input is named as the file names it.
    let named = ["(a →", "(b →", "(c →", "(d →", "(e →", "(f →"];
    assert!(
        named.iter().any(|name| ran.stderr.contains(name)),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stdout
            .contains("planted in the closed form: off-by-one-rows")
    );
    assert!(ran.stdout.contains("MISSED"));
    run("transposed-weight").code(1).says(&[
        "the gradient of layer 2 weights is not right",
        "Wrong too: layer 2 biases, layer 1 weights, layer 1 biases",
        "look at layer 2 first",
    ]);
}

/// The mistake of a published course work, in autodiff and closed form alike.
#[test]
fn an_activation_with_a_wrong_slope_is_refused() {
    let experiment = Experiment::new(CONFIG);
    let doubled = ["--set", "model.activation=\"tanh_doubled\""];
    let (document, code) = checked(&experiment, &doubled);
    assert_eq!(code, Some(1));
    let before_it = ["2 weights", "2 biases", "1 weights", "1 biases"];
    assert_eq!(missed(&document), before_it);
    let ran = experiment.run(&[&CHECK[..], &doubled].concat());
    ran.code(1).says(&["they share a mistake"]);
}

#[test]
fn the_mistakes_can_be_listed() {
    let folder = tempfile::tempdir().unwrap();
    let listed = stdout(folder.path(), &["gradcheck", "--inject-bug", "list"]);
    let names: Vec<&str> = listed.lines().collect();
    assert_eq!(names, SPOILT.map(|(name, _)| name));
    let message = fails(
        folder.path(),
        2,
        &["gradcheck", "--inject-bug", "sign-flip"],
    );
    assert!(message.contains("sign-flipped"), "{message}");
}

#[test]
fn a_mistake_that_cannot_show_is_refused() {
    let experiment = Experiment::new(CONFIG);
    for (bug, set, needs) in [
        (
            "wrong-activation",
            "model.hidden=[]",
            "it needs a hidden layer",
        ),
        (
            "transposed-weight",
            "model.hidden=[]",
            "it needs a hidden layer",
        ),
        (
            "off-by-one-rows",
            "training.batch_size=1",
            "more than one row",
        ),
        ("missing-mean", "training.batch_size=1", "more than one row"),
    ] {
        let more = ["--set", set, "--inject-bug", bug];
        let ran = experiment.run(&[&CHECK[..], &more].concat());
        ran.assert_error(2, &[&format!("{bug} cannot show"), needs]);
        assert_eq!(ran.stdout, "");
    }
    // Without hidden layers there is still a gradient to check.
    let (document, code) = checked(&experiment, &["--set", "model.hidden=[]"]);
    assert_eq!((code, tensors(&document).count()), (Some(0), 8));
}

#[test]
fn what_the_network_does_besides_is_left_out_and_said() {
    let experiment = Experiment::new(EVENTFUL);
    let ran = experiment.run(&CHECK).success();
    for left_out in [
        "optimizer.clip_norm is left out",
        "model.dropout is left out",
    ] {
        assert!(ran.stdout.contains(left_out), "{}", ran.stdout);
    }
}

#[test]
fn gradients_that_are_all_zero_prove_nothing() {
    let experiment = Experiment::new(CONFIG);
    let saturated = "model.weight_init={kind=\"normal\",std=1e30}";
    let (document, code) = checked(&experiment, &["--set", saturated]);
    let notes = document["notes"].to_string();
    assert_eq!(code, Some(0));
    assert!(
        notes.contains("layer 1 weights: every gradient is 0"),
        "{notes}"
    );
    let (document, _) = checked(&experiment, &[]);
    assert!(!document["notes"].to_string().contains("every gradient"));
}

#[test]
fn smoothing_and_class_weights_take_part() {
    let experiment = Experiment::new(CONFIG);
    let smoothing = ["--set", "training.label_smoothing=0.2"];
    let weights = ["--set", "training.class_weights=[1.0, 5.0, 0.5]"];
    let value = |more: &[&str]| {
        let (document, code) = checked(&experiment, more);
        assert_eq!(code, Some(0), "{document:#}");
        let tensor = &document["pairs"][0]["tensors"][5];
        tensor["worst"]["values"][0].as_f64().unwrap()
    };
    let values = [
        value(&[]),
        value(&smoothing),
        value(&weights),
        value(&[smoothing, weights].concat()),
    ];
    for (index, one) in values.iter().enumerate() {
        assert!(!values[..index].contains(one), "{values:?}");
    }
}

#[test]
fn kinks_are_counted() {
    let experiment = Experiment::new(CONFIG);
    let zeros = [
        "--set",
        "model.activation=\"relu\"",
        "--set",
        "model.weight_init=\"zeros\"",
        "--set",
        "model.bias_init=\"zeros\"",
    ];
    let ran = experiment.run(&[&CHECK[..], &zeros].concat()).success();
    let message =
        "layer 1 weights: 30 of 30 parameters lie at a kink of relu, where there is no gradient";
    assert!(ran.stdout.contains(message), "{}", ran.stdout);
    let (document, _) = checked(&experiment, &zeros);
    for pair in document["pairs"].as_array().unwrap() {
        let first = &pair["tensors"][0];
        let differences = pair["methods"].to_string().contains("central_differences");
        let (compared, left_out) = if differences { (0, 30) } else { (30, 0) };
        assert_eq!(
            (&first["compared"], &first["at_kinks"]),
            (&compared.into(), &left_out.into())
        );
        assert_eq!(first["worst"].is_null(), differences);
        // The logits are free of kinks.
        assert_eq!(pair["tensors"][5]["compared"], 3);
    }
}

#[test]
fn a_sample_is_of_each_tensor_and_always_the_same() {
    let experiment = Experiment::new(CONFIG);
    let (mut document, code) = checked(&experiment, &["--sample", "7"]);
    assert_eq!(code, Some(0));
    assert_eq!(document["sample"], 7);
    for pair in document["pairs"].as_array().unwrap() {
        let differences = pair["methods"].to_string().contains("central_differences");
        for tensor in pair["tensors"].as_array().unwrap() {
            let all = tensor["parameters"].as_u64().unwrap();
            let compared = if differences { all.min(7) } else { all };
            assert_eq!(tensor["compared"], compared, "{pair:#}");
        }
    }
    let (mut again, _) = checked(
        &experiment,
        &["--sample", "7", "--set", "training.threads=1"],
    );
    document["seconds"] = 0.into();
    again["seconds"] = 0.into();
    assert_eq!(document, again, "on one thread too");
    let ran = experiment.run(&[&CHECK[..], &["--sample", "0"]].concat());
    ran.assert_error(2, &["--sample"]);
}

#[test]
fn the_gradients_of_every_shipped_config_are_right() {
    let folder = folder_with_configs();
    for config in [
        "digits",
        "gaussian-sum",
        "iris-like",
        "mnist",
        "mnist-ndarray",
    ] {
        let config = format!("configs/{config}.toml");
        let rows = [
            "--set",
            "data.synthetic_rows=600",
            "--sample",
            "100",
            "--json",
        ];
        let backend = ["--backend", cpu_backends()[0].name()];
        let check = [&["gradcheck", "--config", &config], &rows[..], &backend].concat();
        assert_eq!(json(folder.path(), &check)["passed"], true, "{config}");
    }
}

#[test]
fn what_is_missing_is_reported() {
    let experiment = Experiment::new(CONFIG);
    experiment
        .run(&["gradcheck"])
        .assert_error(2, &["no config", "--config"]);
    let gone = ["--set", "data.train=\"gone.csv\""];
    experiment
        .run(&[&CHECK[..], &gone].concat())
        .assert_error(4, &["gone.csv"]);
}
