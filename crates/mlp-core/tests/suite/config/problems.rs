//! Configs that are not in order: what is said about each layer, where, and what is said to do.

use std::path::Path;

use mlp_core::config::{ConfigError, Override, load};

/// What is wrong with a config file of this text under the layers above it.
pub fn refused(file: &str, env: &[(&str, &str)], overrides: &[Override]) -> ConfigError {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.toml");
    std::fs::write(&path, file).expect("writes");
    let env = env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
    load(Some(&path), env, overrides).expect_err("is not in order")
}

/// The lines of `Display`, with the file called by its name only.
pub fn lines(error: &ConfigError) -> Vec<String> {
    let name = |line: &str| match line.split_once("/a.toml:") {
        Some((_, rest)) => format!("a.toml:{rest}"),
        None => line.to_owned(),
    };
    error.to_string().lines().map(name).collect()
}

fn set(text: &str) -> Override {
    Override::Set(text.to_owned())
}

/// Each file has this one problem.
pub fn assert_problems(cases: &[(&str, &str)]) {
    for (file, line) in cases {
        assert_eq!(lines(&refused(file, &[], &[])), [*line], "{file}");
    }
}

#[test]
fn unknown_keys() {
    assert_problems(&[
        (
            "sead = 3",
            "a.toml:1:1: there is no `sead` in a config (did you mean `seed`?)",
        ),
        (
            "\n[optimiser]\nkind = 'sgd'",
            "a.toml:2:2: there is no `optimiser` in a config (did you mean [optimizer]?)",
        ),
        (
            "[training]\nlearning_rate = 0.1",
            "a.toml:2:1: there is no `learning_rate` in [training] (it belongs to [optimizer])",
        ),
        (
            "model.bias_init = { kind = 'normal', std = 1, sdt = 1 }",
            "a.toml:1:47: there is no `sdt` in [model.bias_init] (did you mean `std`?)",
        ),
        (
            "checkpoint.qqqqqq = 1",
            "a.toml:1:12: there is no `qqqqqq` in [checkpoint] \
             ([checkpoint] has `every_epochs`, `every_steps`, `keep_last`, `keep_best`)",
        ),
        (
            "qqqqqqqqq = 1",
            "a.toml:1:1: there is no `qqqqqqqqq` in a config (the top of the file has `name`, `seed`, \
             `backend`, `device`, [data], [model], [optimizer], [schedule], [augment], \
             [training], [checkpoint], [early_stopping], [decision])",
        ),
    ]);
}

#[test]
fn the_layers_above_the_file_name_themselves() {
    let flag = Override::Flag {
        name: "--backend".to_owned(),
        key: "backend".to_owned(),
        value: "flx".to_owned(),
    };
    let env = [
        ("MLP__OPTIMISER__LEARNING_RATE", "1"),
        ("MLP__TRAINING__EPOCHS", "0"),
    ];
    let overrides = [
        flag,
        set("learning_rate=1"),
        set("seed"),
        set("model.hidden=[1,"),
        set("schedule.factor=0.5"),
    ];
    assert_eq!(
        lines(&refused("", &env, &overrides)),
        [
            "MLP__OPTIMISER__LEARNING_RATE: there is no key `optimiser.learning_rate` \
             (did you mean MLP__OPTIMIZER__LEARNING_RATE?)",
            "MLP__TRAINING__EPOCHS: `training.epochs` must be at least 1, not 0",
            "--set learning_rate=1: there is no key `learning_rate` \
             (did you mean `optimizer.learning_rate`?)",
            "--set seed: there is no `=` between key and value (write --set section.key=value)",
            "--set model.hidden=[1,: `model.hidden` is not valid TOML: unclosed array, expected `]` \
             (Units of each hidden layer.)",
            "--set schedule.factor=0.5: `schedule.factor` belongs to \"step\", \"exponential\" and \"reduce_on_plateau\", \
             not to \"constant\" (leave it out, or change schedule.kind)",
            "--backend flx: `backend` must be one of \"flex\", \"ndarray\", \"wgpu\", not \"flx\" \
             (did you mean \"flex\"?)",
        ]
    );
}

#[test]
fn a_value_that_could_not_be_read_has_no_further_problems() {
    let file = "[schedule]\nkind = 'stpe'\nfactor = 0.5\n";
    let error = refused(file, &[], &[]);
    let keys: Vec<_> = error
        .problems
        .iter()
        .map(|problem| problem.key.as_str())
        .collect();
    assert_eq!(keys, ["schedule.kind"]);
}

#[test]
fn what_a_higher_layer_replaces_must_still_be_readable() {
    let error = refused("training.epochs = 'many'", &[], &[set("training.epochs=3")]);
    assert_eq!(error.problems.len(), 1, "{error}");
}

#[test]
fn errors_of_syntax_have_places() {
    let error = refused(
        "name = \n[data\nx = 1\n[model]\nhidden=[3]\nhidden=[4]",
        &[],
        &[],
    );
    assert_eq!(
        lines(&error),
        [
            "a.toml:1:8: not valid TOML: string values must be quoted, expected literal string",
            "a.toml:2:6: not valid TOML: unclosed table, expected `]`",
            "a.toml:6:1: not valid TOML: duplicate key",
        ]
    );
}

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    let problem = |path: &Path| {
        let error = load(Some(path), std::iter::empty(), &[]).expect_err("cannot be read");
        assert_eq!(
            error.problems[0].place.to_string(),
            path.display().to_string()
        );
        (
            error.problems[0].message.clone(),
            error.problems[0].help.clone(),
        )
    };
    let missing = "there is no such file".to_owned();
    assert_eq!(problem(&file("mnits.toml")), (missing.clone(), None));
    std::fs::write(file("mnist.toml"), "").expect("writes");
    let near = format!("did you mean {}?", file("mnist.toml").display());
    assert_eq!(problem(&file("mnits.toml")), (missing.clone(), Some(near)));
    let there = format!("configs there: {}", file("mnist.toml").display());
    assert_eq!(problem(&file("something.toml")), (missing, Some(there)));
    std::fs::write(file("bytes.toml"), b"name = '\xff'").expect("writes");
    let bytes = "is not UTF-8 text: byte 8 is not".to_owned();
    assert_eq!(
        problem(&file("bytes.toml")),
        (bytes, Some("save it as UTF-8".to_owned()))
    );
}

#[test]
fn rendered_problems_show_their_lines() {
    let file = "# größe\n[model]\nactivation = \"than\"  # hyperbolic\n";
    let error = refused(file, &[("MLP__SEED", "-1")], &[]);
    let rendered = error.render(false);
    let header = rendered
        .lines()
        .find(|line| line.contains("-->"))
        .expect("a header");
    let expected = format!(
        r#"error: `model.activation` must be one of "tanh", "sigmoid", "relu", "leaky_relu", "gelu", "silu", "tanh_doubled", not "than"
{header}
  |
3 | activation = "than"  # hyperbolic
  |              ^^^^^^
  |
  = help: did you mean "tanh"?

error: MLP__SEED: `seed` must be a whole number of at least 0, not -1
 |
 = help: Seed of initialisation, split, row order, dropout, augmentation and generated data."#
    );
    assert_eq!(rendered, expected);
    assert!(header.ends_with("a.toml:3:14"), "{header}");
    assert!(!rendered.contains('\u{1b}'));
    assert!(error.render(true).contains('\u{1b}'));
}

#[test]
fn columns_are_counted_in_characters() {
    assert_problems(&[(
        "data = { train = 'größe', limit = -1 }",
        "a.toml:1:35: `data.limit` must be a whole number of at least 0, not -1 \
         (Use the first so many training rows, before the split; 0 is all.)",
    )]);
}
