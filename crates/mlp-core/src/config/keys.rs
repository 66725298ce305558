//! Every key of the config, by dotted path.

use std::sync::LazyLock;

use super::form::Form;
use super::json_schema;

static CONFIG: LazyLock<Form> = LazyLock::new(|| {
    let schema = json_schema();
    Form::read(&schema, &schema["$defs"])
});

/// The form of the key at a dotted path; the whole config's for the empty one.
pub(super) fn find(path: &str) -> Option<&'static Form> {
    path.split('.')
        .filter(|_| !path.is_empty())
        .try_fold(&*CONFIG, |form, segment| form.table.as_ref()?.key(segment))
}

/// Dotted paths of all keys, tables included, in the order of the structs.
pub(super) fn paths() -> Vec<String> {
    let mut paths = Vec::new();
    push_paths(&CONFIG, "", &mut paths);
    paths
}

fn push_paths(form: &Form, parent: &str, paths: &mut Vec<String>) {
    for (key, form) in form.table.iter().flat_map(|table| &table.keys) {
        let path = join(parent, key);
        paths.push(path.clone());
        push_paths(form, &path, paths);
    }
}

/// `parent.key`, or `key` at the top.
pub(super) fn join(parent: &str, key: &str) -> String {
    if parent.is_empty() {
        key.to_owned()
    } else {
        format!("{parent}.{key}")
    }
}

/// The table that a key lies in, and its name there.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_in_the_order_of_the_structs() {
        let paths = paths();
        let first = ["name", "seed", "backend", "device", "data", "data.train"];
        assert_eq!(paths[..6], first);
        assert!(paths.contains(&"model.weight_init.std".to_owned()));
        let last = paths.last().map(String::as_str);
        assert_eq!(last, Some("early_stopping.stop_when.at_most"));
    }

    #[test]
    fn every_path_has_a_form_and_a_description() {
        for path in paths() {
            assert!(!find(&path).expect("is a path").about.is_empty(), "{path}");
        }
        for path in ["training.learning_rate", "seed.x", "data.", ".data"] {
            assert!(find(path).is_none(), "{path}");
        }
    }
}
