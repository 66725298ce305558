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
        keys(&["model.weight_init=zeros"]),
        ["model.weight_init.kind", "model.weight_init.std"]
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
