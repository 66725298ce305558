//! Configs that are in order: defaults, precedence of the layers, origins.

mod columns;
mod problems;
mod protected;
mod round_trip;
mod values;

use mlp_core::config::{
    BackendKind, ClassWeightRule, ClassWeights, Config, Initializer, LabelColumn, LoadedConfig,
    Optimizer, Origin, Override, Schedule, json_schema, load, to_toml,
};

/// Loads a config file of this text under the layers above it.
pub fn loaded(file: &str, env: &[(&str, &str)], overrides: &[Override]) -> LoadedConfig {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.toml");
    std::fs::write(&path, file).expect("writes");
    let env = env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
    load(Some(&path), env, overrides).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

pub fn set(text: &str) -> Override {
    Override::Set(text.to_owned())
}

fn flag(name: &str, key: &str, value: &str) -> Override {
    Override::Flag {
        name: name.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

#[test]
fn defaults_are_those_of_the_manual() {
    let manual = r##"
        name = "mlp"
        seed = 42
        backend = "flex"
        device = "auto"
        [data]
        train = "data/mnist_train.csv"
        label = "label"
        task = "auto"
        target_transform = "none"
        header = "auto"
        delimiter = "auto"
        decimal = "auto"
        na = ["", "NA", "N/A", "n/a", "#N/A", "<NA>", "nan", "NaN", "NULL", "null", "None", "?", "-"]
        max_categories = 100
        if_missing = ["error"]
        scale = "auto"
        smooth_clip = false
        missing = "auto"
        validation = 0.2
        calibration = 0.0
        limit = 0
        test_limit = 0
        synthetic_rows = 10000
        [model]
        hidden = [64]
        activation = "tanh"
        bias_init = { kind = "normal", std = 0.3 }
        dropout = 0.0
        [optimizer]
        kind = "sgd"
        learning_rate = 0.1
        gradient_reduction = "mean"
        clip_norm = 0.0
        weight_decay = 0.0
        [schedule]
        kind = "constant"
        warmup_epochs = 0.0
        [augment]
        shift = 0.0
        rotate = 0.0
        scale = 0.0
        shear = 0.0
        [training]
        epochs = 50
        steps_per_epoch = 0
        batch_size = 64
        label_smoothing = 0.0
        class_weights = "none"
        log_every_steps = 50
        evaluate_every_steps = 0
        gradients = "auto"
        threads = 0
        report = true
        [checkpoint]
        every_epochs = 1
        every_steps = 0
        keep_last = 2
        keep_best = true
        [early_stopping]
        metric = "validation_loss"
        patience = 0
        min_delta = 0.0
        start_epoch = 0
        [decision]
        threshold = 0.5
    "##;
    let table = |text: &str| text.parse::<toml::Table>().expect("TOML");
    let default = to_toml(&Config::default()).expect("can be written");
    assert_eq!(table(&default), table(manual));
    let unwritten = load(None, std::iter::empty(), &[]).expect("in order");
    assert_eq!(unwritten.config, Config::default());
}

#[test]
fn each_layer_wins_over_those_below() {
    let file = "[training]\nepochs = 1\nbatch_size = 1\nthreads = 1\nlog_every_steps = 1\n";
    let env = [
        ("MLP__TRAINING__BATCH_SIZE", "2"),
        ("MLP__TRAINING__THREADS", "2"),
        ("MLP__TRAINING__LOG_EVERY_STEPS", "2"),
        ("MLP_MNIST_DIR", "never config"),
        ("MLP_SEED", "1"),
    ];
    let overrides = [
        flag("--every", "training.log_every_steps", "4"),
        set("training.threads=3"),
        set("training.log_every_steps=3"),
    ];
    let loaded = loaded(file, &env, &overrides);
    let training = &loaded.config.training;
    assert!(training.report);
    assert_eq!(training.epochs, 1);
    assert_eq!(training.batch_size, 2);
    assert_eq!(training.threads, 3);
    assert_eq!(training.log_every_steps, 4);
    assert_eq!(loaded.config.seed, 42);

    let origin = |key: &str| loaded.origins[&format!("training.{key}")].to_string();
    assert_eq!(origin("report"), "default");
    assert!(origin("epochs").ends_with("a.toml:2"));
    assert_eq!(origin("batch_size"), "MLP__TRAINING__BATCH_SIZE");
    assert_eq!(origin("threads"), "--set");
    assert_eq!(origin("log_every_steps"), "--every");
    assert!(!loaded.origins.contains_key("optimizer.momentum"));
}

#[test]
fn a_later_override_wins_over_an_earlier() {
    let overrides = [set("seed=1"), set("seed=2")];
    assert_eq!(loaded("", &[], &overrides).config.seed, 2);
}

#[test]
fn values_after_set_are_toml_or_bare_text() {
    let overrides = [
        set("backend=ndarray"),
        set("data.train=x.csv"),
        set("data.test = \"y z.csv\""),
        set("name=2026"),
        set("data.label=-1"),
        set("model.hidden=[32, 16]"),
        set("optimizer.learning_rate=1"),
        set("training.class_weights=balanced"),
    ];
    let config = loaded("", &[], &overrides).config;
    assert_eq!(config.backend, BackendKind::Ndarray);
    assert_eq!(config.data.train.to_str(), Some("x.csv"));
    assert_eq!(
        config.data.test.as_deref().and_then(|p| p.to_str()),
        Some("y z.csv")
    );
    assert_eq!(config.name, "2026");
    assert_eq!(config.data.label, LabelColumn::Index(-1));
    assert_eq!(config.model.hidden, [32, 16]);
    assert!((config.optimizer.learning_rate - 1.0).abs() < f64::EPSILON);
    let balanced = ClassWeightRule::Balanced;
    assert_eq!(config.training.class_weights, ClassWeights::Named(balanced));
}

#[test]
fn a_distribution_is_amended_by_key_and_replaced_as_a_whole() {
    let init = |file: &str, overrides: &[&str]| {
        let overrides: Vec<_> = overrides.iter().map(|text| set(text)).collect();
        let model = loaded(file, &[], &overrides).config.model;
        model.weight_init.expect("is set")
    };
    let narrow = Initializer::Normal {
        mean: 0.0,
        std: 0.1,
    };
    let normal = "model.weight_init = { kind = 'normal', std = 0.3 }";
    assert_eq!(init(normal, &["model.weight_init.std=0.1"]), narrow);
    assert_eq!(
        init("", &["model.weight_init={kind='normal',std=0.1}"]),
        narrow
    );
    assert_eq!(
        init("", &["model.weight_init=he_normal"]),
        Initializer::HeNormal
    );
    assert_eq!(
        init("", &["model.weight_init.kind=zeros"]),
        Initializer::Zeros
    );
    let file = "model.weight_init = { kind = 'normal', std = 1, mean = 2 }";
    assert_eq!(
        init(file, &["model.weight_init={kind='normal',std=0.1}"]),
        narrow
    );
    assert_eq!(
        init(
            "model.weight_init = 'uniform'",
            &["model.weight_init.bound=0.5"]
        ),
        Initializer::Uniform { bound: Some(0.5) }
    );
    assert_eq!(
        init("model.weight_init = 'uniform'", &[]),
        Initializer::Uniform { bound: None }
    );
}

#[test]
fn a_kind_from_above_drops_what_belonged_to_the_old_one() {
    let file = "[schedule]\nkind = 'step'\nfactor = 0.5\nevery_epochs = 10\n";
    let schedule = |kind: &str| loaded(file, &[], &[set(kind)]);
    let constant = schedule("schedule.kind=constant");
    assert_eq!(constant.config.schedule.kind, Schedule::Constant);
    let has = |loaded: &LoadedConfig, key: &str| loaded.origins.contains_key(key);
    assert!(!has(&constant, "schedule.factor"));
    assert!(!has(&constant, "schedule.every_epochs"));
    let exponential = schedule("schedule.kind=exponential");
    assert_eq!(
        exponential.config.schedule.kind,
        Schedule::Exponential { factor: 0.5 }
    );
    assert!(!has(&exponential, "schedule.every_epochs"));

    let env = [("MLP__OPTIMIZER__KIND", "adam")];
    let adam = loaded("optimizer.momentum = 0.9", &env, &[]);
    assert_eq!(adam.config.optimizer.kind.name(), "adam");
    assert!(!has(&adam, "optimizer.momentum"));
}

#[test]
fn a_kind_has_its_own_defaults() {
    let optimizer = |kind: &str| loaded("", &[], &[set(&format!("optimizer.kind={kind}"))]);
    let (beta1, epsilon) = (0.9, 1e-8);
    for (expected, rate) in [
        (Optimizer::default(), 0.1_f64),
        (
            Optimizer::Adam {
                beta1,
                beta2: 0.999,
                epsilon,
            },
            0.001,
        ),
        (
            Optimizer::AdamW {
                beta1,
                beta2: 0.999,
                epsilon,
            },
            0.001,
        ),
        (
            Optimizer::RmsProp {
                momentum: 0.0,
                alpha: 0.99,
                epsilon,
            },
            0.001,
        ),
        (Optimizer::AdaGrad { epsilon: 1e-10 }, 0.01),
        (Optimizer::Lion { beta1, beta2: 0.99 }, 0.0001),
    ] {
        let loaded = optimizer(expected.name());
        assert_eq!(loaded.config.optimizer.kind, expected);
        let found = loaded.config.optimizer.learning_rate;
        assert_eq!(found.to_bits(), rate.to_bits(), "{}", expected.name());
        let shown = loaded.show().expect("can be written");
        let line = |line: &&str| line.starts_with("learning_rate = ");
        let line = shown.lines().find(line).expect("is shown");
        assert!(line.ends_with("# default"), "{line}");
    }
    let schedule = |text: &str| loaded(text, &[], &[]).config.schedule.kind;
    assert_eq!(
        schedule("schedule = { kind = 'linear_drop', every_epochs = 5, drop = 0.05 }"),
        Schedule::LinearDrop {
            every_epochs: 5,
            drop: 0.05,
            drop_at_start: true
        }
    );
    assert_eq!(
        schedule("schedule.kind = 'cosine'"),
        Schedule::Cosine {
            epochs: None,
            final_share: 0.0
        }
    );
    assert_eq!(
        schedule("schedule.kind = 'one_cycle'"),
        Schedule::OneCycle {
            epochs: None,
            final_share: 1e-4,
            climb: 0.3
        }
    );
}

#[test]
fn what_a_kind_has_anyway_is_shown_where_it_was_written_and_not_saved() {
    let file = "[optimizer]\nkind = 'adam'\nbeta1 = 0.9\nbeta2 = 0.95\n";
    let loaded = loaded(file, &[], &[set("model.bias_init={kind='zeros'}")]);
    let shown = loaded.show().expect("can be written");
    for line in [
        "beta1 = 0.9 ",
        "beta2 = 0.95 ",
        "bias_init.kind = \"zeros\" ",
    ] {
        assert!(shown.contains(&format!("\n{line}")), "{line}: {shown}");
    }
    assert!(!shown.contains("epsilon"), "{shown}");
    let saved = to_toml(&loaded.config).expect("can be written");
    assert!(saved.contains("\nbeta2 = 0.95\n"), "{saved}");
    assert!(saved.contains("\nbias_init = \"zeros\"\n"), "{saved}");
    assert!(!saved.contains("beta1"), "{saved}");
}

#[test]
fn shown_with_origins_it_is_the_same_config() {
    let overrides = [set("optimizer.kind=adam"), set("optimizer.epsilon=1e-8")];
    let first = loaded("seed = 7\nmodel.bias_init.std = 0.5\n", &[], &overrides);
    assert!(matches!(
        first.origins["seed"],
        Origin::File { line: 1, .. }
    ));
    let shown = first.show().expect("can be written");
    let line = |start: &str| {
        shown
            .lines()
            .find(|line| line.starts_with(start))
            .expect("is shown")
    };
    assert!(line("seed = 7").ends_with("a.toml:1"), "{shown}");
    assert!(
        line("bias_init.kind = \"normal\"").ends_with("  # default"),
        "{shown}"
    );
    assert!(line("bias_init.std = 0.5").ends_with("a.toml:2"), "{shown}");
    assert!(line("epsilon = 1e-8").ends_with("  # --set"), "{shown}");
    assert_eq!(loaded(&shown, &[], &[]).config, first.config);
}

#[test]
fn the_schema_is_of_every_section() {
    let schema = json_schema();
    let properties = schema["properties"].as_object().expect("an object");
    let default = to_toml(&Config::default()).expect("can be written");
    for key in default.parse::<toml::Table>().expect("TOML").keys() {
        assert!(properties[key]["description"].is_string(), "{key}");
    }
}
