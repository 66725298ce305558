//! Values that cannot be: of the wrong type, out of range, or not next to each other.

use super::problems::{assert_problems, lines, refused};

#[test]
fn wrong_types_and_words() {
    assert_problems(&[
        (
            "training.epochs = 'many'",
            "a.toml:1:19: `training.epochs` must be a whole number of at least 0, not \"many\" \
             (Passes over the training rows.)",
        ),
        (
            "training.epochs = 1.5",
            "a.toml:1:19: `training.epochs` must be a whole number of at least 0, not 1.5 \
             (Passes over the training rows.)",
        ),
        (
            "backend = \"fleks\"",
            "a.toml:1:11: `backend` must be one of \"flex\", \"ndarray\", \"wgpu\", not \"fleks\" \
             (did you mean \"flex\"?)",
        ),
        (
            "model.hidden = [\n  64, -1]",
            "a.toml:2:7: entry 2 of `model.hidden` must be a whole number of at least 0, not -1 \
             (Units of each hidden layer.)",
        ),
        (
            "training = 3",
            "a.toml:1:12: `training` must be a table of epochs, steps_per_epoch, batch_size, \
             drop_last, loss, label_smoothing, class_weights, log_every_steps, evaluate_every_steps, \
             gradients, threads, report, not 3 \
             (How long, in which batches, towards which loss.)",
        ),
        (
            "seed = { a = 1 }",
            "a.toml:1:8: `seed` must be a whole number of at least 0, not a table \
             (Seed of initialisation, split, row order, dropout, augmentation and generated data.)",
        ),
        (
            "augment.elastic.alpha = 34",
            "a.toml:1:25: `augment.elastic` needs `sigma` (it is a number)",
        ),
        (
            "early_stopping.stop_when = { at_least = 0.9 }",
            "a.toml:1:41: `early_stopping.stop_when` needs `metric` (it is one of \"train_loss\", \
             \"train_accuracy\", \"train_rmse\", \"validation_loss\", \"validation_log_loss\", \
             \"validation_accuracy\", \"validation_balanced_accuracy\", \"validation_precision\", \
             \"validation_recall\", \"validation_f1\", \"validation_roc_auc\", \
             \"validation_average_precision\", \"validation_brier\", \"validation_mcc\", \
             \"validation_top_2_accuracy\", \"validation_rmse\", \"validation_mae\", \"validation_r2\", \
             \"validation_median_absolute_error\")",
        ),
    ]);
    let error = refused("seed = 99999999999999999999", &[], &[]);
    assert!(
        lines(&error)[0].starts_with("a.toml:1:8: `seed` cannot be read: "),
        "{error}"
    );
}

#[test]
#[allow(clippy::too_many_lines)] // a table
fn values_out_of_range() {
    for (text, key, be) in [
        (
            "model.hidden = [3, 0]",
            "model.hidden",
            "at least 1 unit in layer 2, not 0",
        ),
        (
            "model.dropout = 1",
            "model.dropout",
            "at least 0 and below 1, not 1",
        ),
        (
            "optimizer.learning_rate = 0",
            "optimizer.learning_rate",
            "above 0 and finite, not 0",
        ),
        (
            "optimizer.learning_rate = inf",
            "optimizer.learning_rate",
            "above 0 and finite, not inf",
        ),
        (
            "optimizer.learning_rate = nan",
            "optimizer.learning_rate",
            "above 0 and finite, not NaN",
        ),
        (
            "optimizer.clip_norm = -1",
            "optimizer.clip_norm",
            "at least 0 and finite, not -1",
        ),
        (
            "optimizer.weight_decay = -0.1",
            "optimizer.weight_decay",
            "at least 0 and finite, not -0.1",
        ),
        (
            "optimizer.momentum = 1",
            "optimizer.momentum",
            "at least 0 and below 1, not 1",
        ),
        (
            "training.epochs = 0",
            "training.epochs",
            "at least 1, not 0",
        ),
        (
            "training.batch_size = 0",
            "training.batch_size",
            "at least 1, not 0",
        ),
        (
            "training.label_smoothing = -0.1",
            "training.label_smoothing",
            "at least 0 and below 1, not -0.1",
        ),
        (
            "training.class_weights = [1, 0]",
            "training.class_weights",
            "above 0 and finite, not 0",
        ),
        (
            "training.class_weights = []",
            "training.class_weights",
            "one number for each class, not an empty list",
        ),
        (
            "checkpoint.keep_last = 0",
            "checkpoint.keep_last",
            "at least 1, not 0",
        ),
        (
            "data.synthetic_rows = 0",
            "data.synthetic_rows",
            "from 1 to 1000000, not 0",
        ),
        ("data.missing = nan", "data.missing", "finite, not NaN"),
        (
            "data.validation = 1",
            "data.validation",
            "at least 0 and below 1, not 1",
        ),
        (
            "schedule = { kind = 'one_cycle', climb = 1 }",
            "schedule.climb",
            "above 0 and below 1, not 1",
        ),
        (
            "schedule = { kind = 'cosine', final_share = 2 }",
            "schedule.final_share",
            "between 0 and 1, not 2",
        ),
        (
            "schedule = { kind = 'exponential', factor = 0 }",
            "schedule.factor",
            "above 0 and finite, not 0",
        ),
        (
            "schedule.warmup_epochs = 50",
            "schedule.warmup_epochs",
            "below the 50 of `training.epochs`, not 50",
        ),
        (
            "optimizer = { kind = 'adam', beta1 = 1 }",
            "optimizer.beta1",
            "at least 0 and below 1, not 1",
        ),
        (
            "augment.shift = -1",
            "augment.shift",
            "from 0 to 1000 pixels, not -1",
        ),
        (
            "augment.rotate = nan",
            "augment.rotate",
            "from 0 to 180 degrees, not NaN",
        ),
        (
            "augment.scale = 1",
            "augment.scale",
            "at least 0 and below 1, not 1",
        ),
        (
            "augment.shear = 90",
            "augment.shear",
            "from 0 to 80 degrees, not 90",
        ),
        (
            "augment.elastic = { alpha = -34, sigma = 4 }",
            "augment.elastic.alpha",
            "from 0 to 10000 pixels, not -34",
        ),
        (
            "augment.elastic = { alpha = 34, sigma = 0 }",
            "augment.elastic.sigma",
            "from 0.1 to 1000 pixels, not 0",
        ),
        (
            "model.bias_init = { kind = 'normal', std = -1 }",
            "model.bias_init.std",
            "at least 0 and finite, not -1",
        ),
    ] {
        let error = refused(text, &[], &[]);
        let [problem] = error.problems.as_slice() else {
            panic!("{text}: {error}");
        };
        assert_eq!(problem.key, key, "{text}");
        assert_eq!(problem.message, format!("`{key}` must be {be}"), "{text}");
        assert!(lines(&error)[0].starts_with("a.toml:1:"), "{error}");
    }
}

#[test]
fn keys_that_do_not_go_together() {
    assert_problems(&[
        (
            "[schedule]\nfactor = 0.5",
            "a.toml:2:10: `schedule.factor` belongs to \"step\", \"exponential\" and \"reduce_on_plateau\", not to \
             \"constant\" (leave it out, or change schedule.kind)",
        ),
        (
            "[optimizer]\nkind = 'adam'\nnesterov = false",
            "a.toml:3:12: `optimizer.nesterov` belongs to \"sgd\", not to \"adam\" \
             (leave it out, or change optimizer.kind)",
        ),
        (
            "schedule = { kind = 'exponential' }",
            "a.toml:1:21: \"exponential\" needs `schedule.factor` \
             (`step`, `exponential`, `reduce_on_plateau`: factor of each drop (`step`, `reduce_on_plateau`, \
             default 0.1 there) or epoch (`exponential`).)",
        ),
        (
            "model.weight_init = 'normal'",
            "a.toml:1:21: \"normal\" needs `model.weight_init.std` \
             (`normal`: standard deviation. Required.)",
        ),
        (
            "optimizer.nesterov = true",
            "a.toml:1:22: `optimizer.nesterov` needs momentum, and there is none \
             (set optimizer.momentum, 0.9 for example)",
        ),
        (
            "data.validation = 0\nearly_stopping.patience = 3",
            "a.toml:2:27: `early_stopping.patience` watches validation_loss, but there is no \
             validation split: `data.validation` is 0 \
             (set data.validation, 0.2 for example, or watch train_loss)",
        ),
        (
            "data.validation = 0\nearly_stopping.stop_when = { metric = 'validation_accuracy', at_least = 0.9 }",
            "a.toml:2:39: `early_stopping.stop_when.metric` watches validation_accuracy, but there \
             is no validation split: `data.validation` is 0 \
             (set data.validation, 0.2 for example, or watch train_accuracy)",
        ),
        (
            "early_stopping.stop_when = { metric = 'train_loss' }",
            "a.toml:1:39: `early_stopping.stop_when` needs one of `at_least` and `at_most`, and \
             has neither \
             (an accuracy has at_least = 0.99, for example, a loss at_most = 0.05)",
        ),
        (
            "early_stopping.stop_when = { metric = 'train_accuracy', at_least = 99 }",
            "a.toml:1:68: `early_stopping.stop_when.at_least` of an accuracy must be between 0 and \
             1, not 99 (it is a share: 99 % is 0.99)",
        ),
        (
            "data.if_missing = ['error', 'digits']",
            "a.toml:1:19: `data.if_missing` has \"error\" before other entries, which are never \
             tried (let \"error\" be the last, or leave it out)",
        ),
        (
            "data.if_missing = []",
            "a.toml:1:19: `data.if_missing` is empty \
             (write [\"error\"] to stop when a file is missing)",
        ),
        (
            "data.validation = 20",
            "a.toml:1:19: `data.validation` must be at least 0 and below 1, not 20 \
             (it is a share: 20 % is 0.2)",
        ),
        (
            "augment.scale = 15",
            "a.toml:1:17: `augment.scale` must be at least 0 and below 1, not 15 \
             (it is a share: 15 % is 0.15)",
        ),
        (
            "name = 'a/b'",
            "a.toml:1:8: `name` must be the name of a folder, and \"a/b\" has '/' in it \
             (letters, digits, `-` and `_` are always fine)",
        ),
        (
            "device = 'gpu'",
            "a.toml:1:10: `device` cannot be \"gpu\" (write auto, cpu, discrete:0, integrated:0 or \
             virtual:0; the number counts the GPUs of that kind)",
        ),
    ]);
}

#[test]
fn a_kind_that_is_not_understood_hides_no_other_problem() {
    let text = "[optimizer]\nkind = 'admw'\nbeta1 = 1.5\nepsilon = 1";
    let expected = [
        "a.toml:2:8: `optimizer.kind` must be one of \"sgd\", \"adam\", \"adamw\", \"rmsprop\", \
         \"adagrad\", \"lion\", not \"admw\" (did you mean \"adamw\"?)",
        "a.toml:3:9: `optimizer.beta1` must be at least 0 and below 1, not 1.5",
    ];
    assert_eq!(lines(&refused(text, &[], &[])), expected);
    let text = "[schedule]\nkind = 'step'\nfactor = 0";
    let expected = [
        "a.toml:2:8: \"step\" needs `schedule.every_epochs` (`step`, `linear_drop`: epochs between drops.)",
        "a.toml:3:10: `schedule.factor` must be above 0 and finite, not 0",
    ];
    assert_eq!(lines(&refused(text, &[], &[])), expected);
}

#[test]
fn fused_kernels_are_for_the_cpu() {
    let text = "backend = 'wgpu'\ntraining.gradients = 'fused'";
    let error = refused(text, &[], &[]);
    let expected = "a.toml:2:22: `training.gradients` must be \"auto\" or \"autodiff\" with backend = \"wgpu\": \
                    the fused kernels run on the CPU, not \"fused\"";
    assert_eq!(lines(&error)[0], expected);
}
