//! What only shows once all layers are laid: leftovers, and tables without a required key.

use super::merge::{Entry, Merge};
use super::{keys, kind_keys};

impl Merge {
    /// Drops keys of lower layers that mean nothing to the kind that a higher layer chose.
    pub fn drop_leftovers(&mut self) {
        for table in kind_keys::TABLES {
            let kind_path = keys::join(table, "kind");
            let Some(kind) = self.entries.get(&kind_path).cloned() else {
                continue;
            };
            for key in kind_keys::of(table) {
                let path = keys::join(table, key.key);
                let leftover = |entry: &Entry| entry.layer < kind.layer;
                if !key.belongs_to(kind.value.as_str().unwrap_or_default())
                    && self.entries.get(&path).is_some_and(leftover)
                {
                    self.entries.remove(&path);
                }
            }
        }
    }

    /// Refuses tables that lack a required key.
    pub fn check_required(&mut self) {
        for path in keys::paths() {
            let Some(table) = keys::find(&path).and_then(|form| form.table.as_ref()) else {
                continue;
            };
            let inside = format!("{path}.");
            let first = self
                .entries
                .iter()
                .find(|(key, _)| key.starts_with(&inside));
            let Some(place) = first.map(|(_, entry)| entry.place.clone()) else {
                continue;
            };
            for required in &table.required {
                let key = keys::join(&path, required);
                if self.entries.contains_key(&key) {
                    continue;
                }
                self.entries.retain(|key, _| !key.starts_with(&inside));
                if !self.has_failed(&key) {
                    let message = format!("`{path}` needs `{required}`");
                    let help = keys::find(&key).map(|form| format!("it is {}", form.describe()));
                    self.refuse(&key, message, help, place.clone());
                }
            }
        }
    }
}
