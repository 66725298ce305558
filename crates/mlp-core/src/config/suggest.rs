//! Suggestions for unknown keys and words.

use mlp_data::nearest;

use super::path;
use super::schema::{self, Form};

/// Spelling of keys in the layer of the unknown key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Spelling {
    /// `[optimizer]` and `learning_rate`, in a file.
    File,
    /// `optimizer.learning_rate`, after `--set`.
    Dotted,
    /// `MLP__OPTIMIZER__LEARNING_RATE`, in the environment.
    Environment,
}

/// Returns a suggestion for the unknown key `path`: the key of that name in another table, the most similar key of its
/// table, the most similar key anywhere, or else a list of the keys of its table.
pub(super) fn unknown_key(path: &str, spelling: Spelling) -> String {
    let (parent, name) = path::split(path);
    if let Some(quoted) = name_with_dots(parent, name) {
        return format!("a name with a dot in it is quoted: {quoted}");
    }
    let paths = schema::paths();
    let elsewhere: Vec<_> = paths.iter().filter(|p| path::split(p).1 == name).collect();
    let siblings = schema::children(parent);
    let sibling_names = siblings.iter().map(|p| path::split(p).1);
    if let (Spelling::File, [_, ..]) = (spelling, elsewhere.as_slice()) {
        let tables: Vec<_> = elsewhere
            .iter()
            .map(|p| table_name(path::split(p).0))
            .collect();
        return format!("it belongs to {}", tables.join(" or "));
    }
    let near = match elsewhere.as_slice() {
        [only] => Some((*only).clone()),
        _ => nearest(name, sibling_names)
            .map(|sibling| path::join(parent, sibling))
            .or_else(|| nearest(path, paths.iter().map(String::as_str)).map(str::to_owned))
            .or_else(|| {
                let by_name = |p: &&String| nearest(name, [path::split(p).1]).is_some();
                paths.iter().find(by_name).cloned()
            }),
    };
    match near {
        Some(near) => format!("did you mean {}?", spell(&near, parent, spelling)),
        None if siblings.is_empty() => {
            let sections = schema::children("");
            format!("the sections are {}", spell_all(&sections, "", spelling))
        }
        None => format!(
            "{} has {}",
            table_name(parent),
            spell_all(&siblings, parent, spelling)
        ),
    }
}

/// Returns the free name that was probably meant where dots part it into the name and a key of its table.
fn name_with_dots(parent: &str, name: &str) -> Option<String> {
    let (table, first) = path::split(parent);
    let keys = schema::children(parent);
    let near = nearest(name, keys.iter().map(|key| path::split(key).1));
    let is_name = schema::has_free_names(table) && near.is_none();
    let names = path::segments(first).chain(path::segments(name));
    is_name.then(|| path::quoted(&names.collect::<Vec<_>>().join(".")))
}

/// Returns the word of `form` that is similar to `word`.
pub(super) fn word<'a>(word: &str, form: &'a Form) -> Option<&'a str> {
    nearest(word, form.words.iter().map(String::as_str))
}

fn table_name(path: &str) -> String {
    if path.is_empty() {
        "the top of the file".to_owned()
    } else {
        format!("[{path}]")
    }
}

fn spell_all(paths: &[String], parent: &str, spelling: Spelling) -> String {
    let spelt: Vec<_> = paths.iter().map(|p| spell(p, parent, spelling)).collect();
    spelt.join(", ")
}

/// Spells `path` as it is written next to the keys of `parent`.
fn spell(path: &str, parent: &str, spelling: Spelling) -> String {
    let is_table = schema::find(path).is_some_and(|form| form.table.is_some());
    match (spelling, path::split(path)) {
        (Spelling::Environment, _) => {
            format!("MLP__{}", path.to_uppercase().replace('.', "__"))
        }
        (Spelling::Dotted, _) => format!("`{path}`"),
        (Spelling::File, _) if is_table => table_name(path),
        (Spelling::File, (table, name)) if table == parent => format!("`{name}`"),
        (Spelling::File, (table, name)) => format!("`{name}` in {}", table_name(table)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_another_section_is_sent_there() {
        assert_eq!(
            unknown_key("training.learning_rate", Spelling::File),
            "it belongs to [optimizer]"
        );
        assert_eq!(
            unknown_key("learning_rate", Spelling::Dotted),
            "did you mean `optimizer.learning_rate`?"
        );
        assert_eq!(
            unknown_key("model.epochs", Spelling::File),
            "it belongs to [schedule] or [training]"
        );
        assert_eq!(
            unknown_key("training.seed", Spelling::File),
            "it belongs to the top of the file"
        );
    }

    #[test]
    fn a_mistyped_key_finds_the_nearest() {
        for (typed, meant) in [
            ("model.hiden", "did you mean `hidden`?"),
            ("optimiser", "did you mean [optimizer]?"),
            (
                "training.learning_rte",
                "did you mean `learning_rate` in [optimizer]?",
            ),
            ("model.weight_init.sdt", "did you mean `std`?"),
        ] {
            assert_eq!(unknown_key(typed, Spelling::File), meant);
        }
        assert_eq!(
            unknown_key("optimiser.learning_rate", Spelling::Environment),
            "did you mean MLP__OPTIMIZER__LEARNING_RATE?"
        );
    }

    #[test]
    fn without_a_near_one_the_keys_are_listed() {
        assert_eq!(
            unknown_key("checkpoint.zzzzzz", Spelling::File),
            "[checkpoint] has `every_epochs`, `every_steps`, `keep_last`, `keep_best`"
        );
    }
}
