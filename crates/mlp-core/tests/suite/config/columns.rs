//! `[data.columns]` and class weights by name: tables whose keys are names that the user chooses.

use mlp_core::config::{
    ClassWeights, ColumnSetting, ColumnTable, Config, KindWord, RoleWord, ScaleKind, Validation,
    json_schema,
};

use super::problems::{assert_problems, lines, refused};
use super::{loaded, set};

fn column(config: &Config, name: &str) -> ColumnTable {
    config.data.columns[name].table()
}

#[test]
fn a_column_is_set_in_every_layer() {
    let file = "[data.columns]\npassenger = 'ignore'\n'Sepal.Length' = { kind = 'number', scale = 'robust' }\n";
    let env = [("MLP__DATA__COLUMNS__Age", "category")];
    let overrides = [
        set("data.columns.ticket=id"),
        set("data.columns.\"a = b\" = \"group\""),
        set("data.columns.'Sepal.Length'.smooth_clip=true"),
        set("data.columns.when={kind='date',role='time'}"),
    ];
    let loaded = loaded(file, &env, &overrides);
    let config = &loaded.config;
    let word = |name: &str| config.data.columns[name].clone();
    assert_eq!(word("passenger"), ColumnSetting::Role(RoleWord::Ignore));
    assert_eq!(word("Age"), ColumnSetting::Kind(KindWord::Category));
    assert_eq!(word("ticket"), ColumnSetting::Role(RoleWord::Id));
    assert_eq!(word("a = b"), ColumnSetting::Role(RoleWord::Group));
    let sepal = column(config, "Sepal.Length");
    assert_eq!(
        (sepal.kind, sepal.scale, sepal.smooth_clip),
        (Some(KindWord::Number), Some(ScaleKind::Robust), Some(true))
    );
    let when = column(config, "when");
    assert_eq!(
        (when.kind, when.role),
        (Some(KindWord::Date), Some(RoleWord::Time))
    );
    let origin = |key: &str| loaded.origins[key].to_string();
    assert_eq!(origin("data.columns.Age"), "MLP__DATA__COLUMNS__Age");
    assert!(origin("data.columns.\"Sepal.Length\".scale").ends_with("a.toml:3"));

    let shown = loaded.show().expect("can be written");
    assert!(
        shown.contains("\ncolumns.\"Sepal.Length\".kind = \"number\" "),
        "{shown}"
    );
}

#[test]
fn a_word_becomes_the_key_of_the_table_that_it_stands_for() {
    let columns = |text: &str, more: &str| {
        let config = loaded(text, &[], &[set(more)]).config;
        column(&config, "x")
    };
    let date = columns("data.columns.x = 'date'", "data.columns.x.role='time'");
    assert_eq!(
        (date.kind, date.role),
        (Some(KindWord::Date), Some(RoleWord::Time))
    );
    let time = columns("data.columns.x = 'time'", "data.columns.x.kind='date'");
    assert_eq!(date, time);
    let ignored = columns(
        "data.columns.x = { kind = 'number', scale = 'none' }",
        "data.columns.x='ignore'",
    );
    assert_eq!(
        (ignored.kind, ignored.role, ignored.scale),
        (None, Some(RoleWord::Ignore), None)
    );
}

#[test]
fn classes_are_weighed_by_name() {
    let weights = |file: &str, overrides: &[&str]| {
        let overrides: Vec<_> = overrides.iter().map(|text| set(text)).collect();
        loaded(file, &[], &overrides).config.training.class_weights
    };
    let named = |pairs: &[(&str, f64)]| {
        let pairs = pairs
            .iter()
            .map(|(name, weight)| ((*name).to_owned(), *weight));
        ClassWeights::ByName(pairs.collect())
    };
    let rare = named(&[("rare", 5.0)]);
    assert_eq!(weights("training.class_weights = { rare = 5 }", &[]), rare);
    assert_eq!(weights("", &["training.class_weights.rare=5.0"]), rare);
    let file = "training.class_weights = [1, 2]";
    assert_eq!(weights(file, &["training.class_weights={rare=5}"]), rare);
    let file = "training.class_weights = { '>50K' = 2, rare = 5 }";
    assert_eq!(weights(file, &[]), named(&[(">50K", 2.0), ("rare", 5.0)]));
    let list = ClassWeights::List(vec![1.0]);
    assert_eq!(weights(file, &["training.class_weights=[1]"]), list);
}

#[test]
fn validation_is_a_share_or_a_file() {
    let validation = |text: &str| loaded("", &[], &[set(text)]).config.data.validation;
    assert_eq!(validation("data.validation=0.1"), Validation::Share(0.1));
    let file = Validation::File("held out.csv".into());
    assert_eq!(validation("data.validation=held out.csv"), file);
}

#[test]
fn what_a_column_cannot_be() {
    assert_problems(&[
        (
            "data.columns.age = 'categry'",
            "a.toml:1:20: `data.columns.age` must be one of \"number\", \"boolean\", \"category\", \"date\", \
             \"ignore\", \"id\", \"group\", \"time\", \"row_weight\", or a table of kind, role, scale, \
             smooth_clip, missing, indicator, max_categories, na, not \"categry\" (did you mean \"category\"?)",
        ),
        (
            "[data.columns.age]\nscal = 'robust'",
            "a.toml:2:1: there is no `scal` in [data.columns.age] (did you mean `scale`?)",
        ),
        (
            "[data.columns]\nSepal.Length = 'ignore'",
            "a.toml:2:7: there is no `Length` in [data.columns.Sepal] \
             (a name with a dot in it is quoted: \"Sepal.Length\")",
        ),
        (
            "data.columns.age = { kind = 'category', scale = 'robust' }",
            "a.toml:1:49: `data.columns.age.scale` belongs to columns of numbers and dates \
             (leave it out, or change the kind)",
        ),
        (
            "data.columns.age = { role = 'id', scale = 'robust' }",
            "a.toml:1:43: `data.columns.age.scale` has no effect: the column is no input \
             (leave it out, or set its kind, which makes it an input as well)",
        ),
        (
            "data.columns = { a = 'time', b = 'time' }",
            "a.toml:1:34: `data.columns.b` is \"time\", and so is `a`: there can be one such column",
        ),
        (
            "data.columns.label = 'group'",
            "a.toml:1:22: `data.columns.label` has a role, but it is the label \
             (leave the role out, or set data.label to another column)",
        ),
        (
            "data.columns.w = { kind = 'number', role = 'row_weight' }",
            "a.toml:1:44: `data.columns.w` has a kind, but weighs the rows and is no input \
             (leave out one of kind and role)",
        ),
        (
            "data.columns.a = { kind = 'category', missing = 0 }",
            "a.toml:1:49: `data.columns.a.missing` must be \"auto\" or \"error\" in such a column",
        ),
        (
            "data.columns.a.max_categories = 0",
            "a.toml:1:33: `data.columns.a.max_categories` must be at least 1, not 0",
        ),
        (
            "data.label = ['a', 'b']",
            "a.toml:1:14: `data.label` is one column: several targets cannot be predicted at once \
             (name one column, and train a network for each)",
        ),
        (
            "training.class_weights = { rare = -1 }",
            "a.toml:1:35: `training.class_weights.rare` must be above 0 and finite, not -1",
        ),
        (
            "training.class_weights = { rare = 'much' }",
            "a.toml:1:35: `training.class_weights.rare` must be a number, not \"much\"",
        ),
        (
            "data.validation = ''",
            "a.toml:1:19: `data.validation` is empty (name a file)",
        ),
        (
            "data.max_categories = 0",
            "a.toml:1:23: `data.max_categories` must be at least 1, not 0",
        ),
    ]);
    let error = refused("", &[], &[set("data.columns.Sepal.Length=ignore")]);
    let expected = "--set data.columns.Sepal.Length=ignore: there is no key `data.columns.Sepal.Length` \
                    (a name with a dot in it is quoted: \"Sepal.Length\")";
    assert_eq!(lines(&error), [expected]);
}

#[test]
fn the_schema_allows_any_name() {
    let schema = json_schema();
    let columns = &schema["$defs"]["DataSection"]["properties"]["columns"];
    assert_eq!(
        columns["additionalProperties"]["$ref"],
        "#/$defs/ColumnSetting"
    );
    assert_eq!(
        schema["$defs"]["ColumnTable"]["additionalProperties"],
        false
    );
}
