//! A config that is written is read back as it was.

use mlp_core::config::{
    Activation, AugmentSection, BackendKind, ClassWeightRule, ClassWeights, ColumnSetting,
    ColumnTable, Config, DataSection, DecimalSign, Delimiter, ElasticTable, HeaderChoice,
    IfMissing, Initializer, KindWord, LabelColumn, MissingPolicy, MissingPolicyName, Optimizer,
    Override, RoleWord, ScaleKind, Schedule, StopCondition, TaskChoice, Validation, WatchedMetric,
    load, protected_differences, to_toml, validate,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

fn share() -> impl Strategy<Value = f64> {
    0.0..1.0
}

fn positive() -> impl Strategy<Value = f64> {
    1e-12..1e6
}

fn initializer() -> impl Strategy<Value = Initializer> {
    prop_oneof![
        Just(Initializer::HeNormal),
        Just(Initializer::Zeros),
        (-1.0..1.0, positive()).prop_map(|(mean, std)| Initializer::Normal { mean, std }),
        positive().prop_map(|std| Initializer::Normal { mean: 0.0, std }),
        option::of(positive()).prop_map(|bound| Initializer::Uniform { bound }),
    ]
}

fn optimizer() -> impl Strategy<Value = Optimizer> {
    let or = |default: f64, other| prop_oneof![Just(default), other];
    prop_oneof![
        (or(0.0, 1e-3..1.0), any::<bool>()).prop_map(|(momentum, nesterov)| Optimizer::Sgd {
            momentum,
            nesterov: nesterov && momentum > 0.0,
        }),
        (or(0.9, 0.0..1.0), or(0.999, 0.0..1.0), or(1e-8, 1e-12..1.0)).prop_map(
            |(beta1, beta2, epsilon)| Optimizer::AdamW {
                beta1,
                beta2,
                epsilon,
            }
        ),
        (or(0.0, 0.0..1.0), or(0.99, 0.0..1.0), or(1e-8, 1e-12..1.0)).prop_map(
            |(momentum, alpha, epsilon)| Optimizer::RmsProp {
                momentum,
                alpha,
                epsilon,
            }
        ),
        or(1e-10, 1e-12..1.0).prop_map(|epsilon| Optimizer::AdaGrad { epsilon }),
        (or(0.9, 0.0..1.0), or(0.99, 0.0..1.0))
            .prop_map(|(beta1, beta2)| Optimizer::Lion { beta1, beta2 }),
    ]
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let or = |default: f64, other| prop_oneof![Just(default), other];
    prop_oneof![
        Just(Schedule::Constant),
        (1_usize..100, positive()).prop_map(|(every_epochs, factor)| Schedule::Step {
            every_epochs,
            factor,
        }),
        (1_usize..100, positive(), any::<bool>()).prop_map(
            |(every_epochs, drop, drop_at_start)| Schedule::LinearDrop {
                every_epochs,
                drop,
                drop_at_start,
            }
        ),
        (0.01..0.9, 1_usize..20, 0.0..0.1).prop_map(|(factor, patience, min_delta)| {
            Schedule::ReduceOnPlateau {
                factor,
                patience,
                min_delta,
                min_rate: 0.0,
            }
        }),
        (option::of(positive()), or(0.0, 0.0..1.0)).prop_map(|(epochs, final_share)| {
            Schedule::Cosine {
                epochs,
                final_share,
            }
        }),
        (
            option::of(positive()),
            or(1e-4, 0.0..1.0),
            or(0.3, 0.1..0.9)
        )
            .prop_map(|(epochs, final_share, climb)| Schedule::OneCycle {
                epochs,
                final_share,
                climb,
            }),
    ]
}

fn label() -> impl Strategy<Value = LabelColumn> {
    prop_oneof![
        any::<i64>().prop_map(LabelColumn::Index),
        any::<String>().prop_map(LabelColumn::Name),
    ]
}

fn missing() -> impl Strategy<Value = MissingPolicy> {
    prop_oneof![
        Just(MissingPolicy::Named(MissingPolicyName::Mean)),
        proptest::num::f32::NORMAL.prop_map(MissingPolicy::Number),
    ]
}

/// Names as headers have them.
fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z_]{1,9}", "[^\0]{1,9}", "[a-z]{1,3}\\.[a-z=]{1,3}"]
}

fn column() -> impl Strategy<Value = ColumnSetting> {
    let number = |scale, smooth_clip, missing, na| {
        ColumnSetting::Table(ColumnTable {
            kind: Some(KindWord::Number),
            scale: Some(scale),
            smooth_clip,
            missing,
            na,
            ..ColumnTable::default()
        })
    };
    let category = |max_categories, indicator| {
        ColumnSetting::Table(ColumnTable {
            max_categories: Some(max_categories),
            indicator,
            ..ColumnTable::default()
        })
    };
    let scale = prop_oneof![Just(ScaleKind::MinMax), Just(ScaleKind::Auto)];
    prop_oneof![
        Just(ColumnSetting::Kind(KindWord::Category)),
        Just(ColumnSetting::Role(RoleWord::Id)),
        (
            scale,
            option::of(any::<bool>()),
            option::of(missing()),
            option::of(vec(name(), 0..3))
        )
            .prop_map(move |(scale, clip, missing, na)| number(scale, clip, missing, na)),
        (1_usize..9, option::of(any::<bool>()))
            .prop_map(move |(most, indicator)| category(most, indicator)),
    ]
}

prop_compose! {
    fn table_keys()(
        header in prop_oneof![
            any::<bool>().prop_map(HeaderChoice::Known),
            Just(HeaderChoice::default()),
        ],
        delimiter in prop_oneof![Just(Delimiter::Tab), Just(Delimiter::Blanks)],
        comma in any::<bool>(),
        na in vec(any::<String>(), 0..3),
        columns in btree_map(name(), column(), 0..4),
        validation in prop_oneof![
            share().prop_map(Validation::Share),
            "[^\0]{1,9}".prop_map(|path| Validation::File(path.into())),
        ],
        smooth_clip in any::<bool>(),
    ) -> DataSection {
        DataSection {
            task: TaskChoice::Classification,
            header,
            delimiter,
            decimal: if comma { DecimalSign::Comma } else { DecimalSign::Point },
            na,
            columns,
            validation,
            smooth_clip,
            ..DataSection::default()
        }
    }
}

fn class_weights() -> impl Strategy<Value = ClassWeights> {
    prop_oneof![
        Just(ClassWeights::Named(ClassWeightRule::Balanced)),
        vec(positive(), 1..4).prop_map(ClassWeights::List),
        btree_map(name(), positive(), 1..4).prop_map(ClassWeights::ByName),
    ]
}

fn stop_when() -> impl Strategy<Value = StopCondition> {
    share().prop_map(|bar| StopCondition {
        metric: WatchedMetric::TrainAccuracy,
        at_least: Some(bar),
        at_most: None,
    })
}

prop_compose! {
    fn augment()(
        shift in 0.0..9.0,
        scale in share(),
        elastic in option::of((0.0..99.0, 0.5..9.0)),
    ) -> AugmentSection {
        AugmentSection {
            shift,
            scale,
            elastic: elastic.map(|(alpha, sigma)| ElasticTable { alpha, sigma }),
            ..AugmentSection::default()
        }
    }
}

prop_compose! {
    fn data_and_model()(
        name in "[a-zäß0-9_-]{1,20}",
        seed in 0..=i64::MAX.cast_unsigned(),
        train in "[^\0]{1,20}",
        test in option::of("[a-z/.]{1,20}"),
        label in label(),
        missing in missing(),
        data in table_keys(),
        split_seed in option::of(0..=i64::MAX.cast_unsigned()),
        hidden in vec(1_usize..5000, 0..4),
        weight_init in option::of(initializer()),
        bias_init in initializer(),
    ) -> Config {
        let mut config = Config { name, seed, backend: BackendKind::Wgpu, data, ..Config::default() };
        config.data.train = train.into();
        config.data.test = test.map(Into::into);
        config.data.label = label;
        config.data.if_missing = vec![IfMissing::GaussianSum, IfMissing::Error];
        config.data.missing = missing;
        config.data.split_seed = split_seed;
        config.model.hidden = hidden;
        config.model.activation = Activation::LeakyRelu;
        config.model.weight_init = weight_init;
        config.model.bias_init = bias_init;
        config
    }
}

prop_compose! {
    fn config()(
        mut config in data_and_model(),
        learning_rate in positive(),
        optimizer in optimizer(),
        warmup in 0.0..1.0,
        schedule in schedule(),
        drop_last in option::of(any::<bool>()),
        class_weights in class_weights(),
        stop_when in option::of(stop_when()),
        augment in augment(),
    ) -> Config {
        config.augment = augment;
        config.optimizer.learning_rate = learning_rate;
        config.optimizer.kind = optimizer;
        config.schedule.kind = schedule;
        config.schedule.warmup_epochs = warmup;
        config.training.class_weights = class_weights;
        config.training.drop_last = drop_last;
        config.early_stopping.stop_when = stop_when;
        config
    }
}

proptest! {
    #[test]
    fn written_configs_are_read_back_equal(config in config()) {
        prop_assert_eq!(validate(&config), Ok(()));
        let text = to_toml(&config).expect("can be written");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.toml");
        std::fs::write(&path, &text).expect("writes");
        let loaded = load(Some(&path), std::iter::empty(), &[]);
        let loaded = loaded.map_err(|error| TestCaseError::fail(error.render(false)))?;
        prop_assert_eq!(&loaded.config, &config, "{}", text);
        prop_assert_eq!(protected_differences(&config, &loaded.config), vec![]);

        std::fs::write(&path, loaded.show().expect("can be written")).expect("writes");
        let shown = load(Some(&path), std::iter::empty(), &[]);
        prop_assert_eq!(shown.map(|shown| shown.config), Ok(config));
    }

    #[test]
    fn no_text_makes_it_panic(text in "(\\PC|\n|[\\[\\]={}'\"]){0,60}", key in "[a-z._]{0,20}") {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.toml");
        std::fs::write(&path, &text).expect("writes");
        let set = Override::Set(format!("{key}={text}"));
        if let Err(error) = load(Some(&path), std::iter::empty(), &[set]) {
            prop_assert!(!error.problems.is_empty());
            prop_assert!(!error.render(true).is_empty());
        }
    }
}

#[test]
fn what_toml_cannot_hold_is_refused() {
    let config = Config {
        seed: u64::MAX,
        ..Config::default()
    };
    let error = to_toml(&config).expect_err("too large");
    assert!(
        error.to_string().contains("cannot be written as TOML"),
        "{error}"
    );
    let error = validate(&config).expect_err("too large");
    assert_eq!(
        error.to_string(),
        "config: `seed` must be at most 9223372036854775807, the largest number of TOML, \
         not 18446744073709551615"
    );
}
