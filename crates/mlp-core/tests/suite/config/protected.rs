//! What a resumed run may not change.

use mlp_core::config::{Config, deciding_differences, protected_differences};

use super::{loaded, set};

#[test]
fn what_shapes_the_weights_is_protected() {
    let saved = Config::default();
    let keys = |texts: &[&str]| -> Vec<String> {
        let overrides: Vec<_> = texts.iter().map(|text| set(text)).collect();
        let new = loaded("", &[], &overrides).config;
        protected_differences(&saved, &new)
            .into_iter()
            .map(|d| d.key)
            .collect()
    };
    assert_eq!(
        keys(&[
            "optimizer.momentum=0.9",
            "seed=1",
            "data.validation=0.1",
            "augment.shift=2",
            "training.batch_size=1"
        ]),
        [
            "seed",
            "data.validation",
            "optimizer.momentum",
            "augment.shift",
            "training.batch_size"
        ]
    );
    assert_eq!(
        keys(&["model.bias_init=zeros"]),
        ["model.bias_init.kind", "model.bias_init.std"]
    );
    assert_eq!(
        keys(&[
            "training.epochs=60",
            "training.threads=1",
            "name=x",
            "backend=ndarray",
            "data.train=x"
        ]),
        [""; 0]
    );

    let new = loaded("optimizer.momentum = 0.9", &[], &[]).config;
    let differences = protected_differences(&saved, &new);
    let line = "`optimizer.momentum` is unset in the run and 0.9 now";
    assert_eq!(differences[0].to_string(), line);
}

#[test]
fn more_epochs_need_the_horizon_of_the_run() {
    let cosine = |more: &str| loaded(&format!("schedule.kind = 'cosine'\n{more}"), &[], &[]).config;
    let saved = cosine("");
    let differences = protected_differences(&saved, &cosine("training.epochs = 60"));
    assert_eq!(
        differences[0].to_string(),
        "`schedule.epochs` is 50.0 in the run and 60.0 now"
    );
    let kept = cosine("training.epochs = 60\nschedule.epochs = 50");
    assert_eq!(protected_differences(&saved, &kept), []);
}

#[test]
fn one_distribution_written_in_two_ways_is_no_difference() {
    let named = loaded("model.bias_init = 'zeros'", &[], &[]).config;
    let table = loaded("model.bias_init = { kind = 'zeros' }", &[], &[]).config;
    assert_eq!(named, table);
    assert_eq!(protected_differences(&named, &table), []);
}

#[test]
fn the_seed_of_the_rows_is_protected_unless_it_is_the_seed() {
    let saved = loaded("seed = 5", &[], &[]).config;
    let spelt = loaded("seed = 5\ndata.split_seed = 5", &[], &[]).config;
    assert_eq!(protected_differences(&saved, &spelt), []);
    let other = loaded("seed = 5\ndata.split_seed = 6", &[], &[]).config;
    let keys: Vec<_> = protected_differences(&saved, &other)
        .into_iter()
        .map(|difference| difference.key)
        .collect();
    assert_eq!(keys, ["data.split_seed"]);
}

#[test]
fn what_may_change_within_a_run_can_still_decide_its_network() {
    let config = |more: &str| loaded(more, &[], &[]).config;
    let keys = |more: &str| -> Vec<String> {
        let differences = deciding_differences(&config(""), &config(more));
        differences.into_iter().map(|d| d.key).collect()
    };
    assert_eq!(keys("training.epochs = 51"), ["training.epochs"]);
    assert_eq!(keys("backend = 'ndarray'\nseed = 1"), ["seed", "backend"]);
    assert_eq!(
        keys("checkpoint.keep_best = false"),
        ["checkpoint.keep_best"]
    );
    assert_eq!(
        keys("training.threads = 3\nname = 'x'\ncheckpoint.keep_last = 9"),
        [""; 0]
    );
}

#[test]
fn a_default_that_depends_on_the_rows_is_no_difference_unless_another_value_is_asked_for() {
    let saved = "training.drop_last = true\nmodel.weight_init = 'xavier_uniform'\n\
                 data.scale = 'unit'\ndata.missing = 'error'";
    let saved = loaded(saved, &[], &[]);
    let keys = |more: &str| -> Vec<String> {
        let new = loaded(more, &[], &[]).config;
        let differences = protected_differences(&saved.config, &new);
        differences.into_iter().map(|d| d.key).collect()
    };
    assert_eq!(keys(""), [""; 0]);
    assert_eq!(keys("training.drop_last = false"), ["training.drop_last"]);
    assert_eq!(keys("data.scale = 'none'"), ["data.scale"]);
    assert_eq!(keys("data.missing = 'mean'"), ["data.missing"]);
    assert_eq!(
        keys("model.weight_init = 'zeros'"),
        ["model.weight_init.kind"]
    );
}

#[test]
fn settings_of_columns_are_protected() {
    let config = |more: &str| loaded(more, &[], &[]).config;
    let saved = config("data.columns.age = 'category'");
    let new = config("data.columns.\"b.c\" = { kind = 'number', scale = 'robust' }");
    let differences = protected_differences(&saved, &new).into_iter();
    let texts: Vec<_> = differences.map(|d| d.to_string()).collect();
    assert_eq!(
        texts,
        [
            "`data.columns.\"b.c\".kind` is unset in the run and \"number\" now",
            "`data.columns.\"b.c\".scale` is unset in the run and \"robust\" now",
            "`data.columns.age` is \"category\" in the run and unset now",
        ]
    );
    assert_eq!(protected_differences(&saved, &saved), []);
}
