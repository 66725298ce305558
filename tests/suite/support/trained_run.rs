//! A run trained in a moment, in a folder of its own.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{Ran, mlp};

/// Classes of the table; the first has to be quoted in CSV.
pub const SPECIES: [&str; 3] = ["big, \"red\"", "oak", "yew"];

/// A folder with the data, the config `run.toml` and the run `artifacts/run/…`.
pub struct TrainedRun(tempfile::TempDir);

impl TrainedRun {
    /// Trained on a table with two features and text labels, `train.csv` and `test.csv`.
    pub fn on_a_table() -> Self {
        Self::on_a_table_with("")
    }

    /// The same with a column `ticket` in front, different in each row, and more keys under `[data]`.
    pub fn on_a_table_with_ids(data: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, rows, seed) in [("train.csv", 120, 1), ("test.csv", 50, 2)] {
            let table = table(rows, seed);
            let lines = table.lines().enumerate().map(|(row, line)| match row {
                0 => format!("ticket,{line}"),
                row => format!("t{row},{line}"),
            });
            let text = lines.collect::<Vec<_>>().join("\n");
            fs::write(folder.path().join(name), text + "\n").unwrap();
        }
        let keys = "train = \"train.csv\"\ntest = \"test.csv\"\nlabel = \"species\"\nscale = \"standard\"\n";
        Self::train(folder, &format!("{keys}{data}"))
    }

    /// The same with more keys under `[data]`.
    pub fn on_a_table_with(data: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("train.csv"), table(120, 1)).unwrap();
        fs::write(folder.path().join("test.csv"), table(50, 2)).unwrap();
        let keys = "train = \"train.csv\"\ntest = \"test.csv\"\nlabel = \"species\"\nscale = \"standard\"\n";
        Self::train(folder, &format!("{keys}{data}"))
    }

    /// Trained on built-in digits, for the files of these fall-backs are not there.
    pub fn on_digits(if_missing: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = "train = \"no/train.csv\"\ntest = \"no/test.csv\"\nsynthetic_rows = 300\n";
        Self::train(folder, &format!("{keys}if_missing = {if_missing}\n"))
    }

    fn train(folder: tempfile::TempDir, data: &str) -> Self {
        let config = format!(
            "name = \"run\"\n[data]\n{data}[model]\nhidden = [16]\n[training]\nepochs = 2\nbatch_size = 16\n"
        );
        fs::write(folder.path().join("run.toml"), config).unwrap();
        let trained = Self(folder);
        let outcome = trained.call(&["--config", "run.toml", "--quiet"]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        trained
    }

    /// The program, called in the folder.
    pub fn mlp(&self) -> Command {
        mlp(self.0.path())
    }

    /// Calls it with these bytes as its standard input.
    pub fn call_with_input(&self, arguments: &[&str], input: &[u8]) -> Ran {
        Ran::with_input(self.mlp().args(arguments), input)
    }

    /// Calls the program with these arguments.
    pub fn call(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.mlp().args(arguments).output().unwrap())
    }

    /// Calls it and expects it to succeed; what it writes to standard output.
    #[track_caller]
    pub fn result_of(&self, arguments: &[&str]) -> String {
        let outcome = self.call(arguments);
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.stderr);
        outcome.stdout
    }

    /// A file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// The run folder.
    pub fn run(&self) -> PathBuf {
        self.path("artifacts/run/latest").canonicalize().unwrap()
    }

    /// The folder of each checkpoint, oldest first.
    pub fn checkpoints(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = fs::read_dir(self.run().join("checkpoints"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.file_name()
                    .unwrap()
                    .to_string_lossy()
                    .starts_with("step-")
            })
            .collect();
        folders.sort();
        folders
    }

    /// Changes a byte in the weights of the newest checkpoint.
    pub fn damage_newest_checkpoint(&self) {
        let weights = self.checkpoints().pop().unwrap().join("model.safetensors");
        let mut bytes = fs::read(&weights).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(weights, bytes).unwrap();
    }

    /// Changes the text of a file in the run folder.
    pub fn edit(&self, name: &str, edit: impl Fn(&str) -> String) {
        let path = self.run().join(name);
        let text = fs::read_to_string(&path).unwrap();
        let edited = edit(&text);
        assert_ne!(edited, text, "nothing to edit");
        fs::write(path, edited).unwrap();
    }
}

/// `width,species,height`: three classes that overlap a little, other rows for another seed.
pub fn table(rows: u32, seed: u32) -> String {
    let mut text = String::from("width,species,height\n");
    for (width, species, height) in flowers(rows, seed) {
        let species = species.replace('"', "\"\"");
        writeln!(text, "{width},\"{species}\",{height}").unwrap();
    }
    text
}

/// The rows of [`table`].
pub fn flowers(rows: u32, seed: u32) -> Vec<(f64, &'static str, f64)> {
    let stray = |row: u32, factor: u32| f64::from((row * factor + seed * 31) % 97) / 97.0 - 0.5;
    (0..rows)
        .map(|row| {
            let class = (row * 7 + seed) % 3;
            let width = 2.0 + f64::from(class) + 2.0 * stray(row, 53);
            let height = 5.0 - 2.0 * f64::from(class) + 3.0 * stray(row, 71);
            (width, SPECIES[class as usize], height)
        })
        .collect()
}

/// The cells of CSV text, header first.
pub fn cells(text: &str) -> Vec<Vec<String>> {
    text.lines().map(line_cells).collect()
}

fn line_cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let cell = cells.last_mut().unwrap();
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cell.push(other),
        }
    }
    cells
}

/// Packs bytes as gzip does.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
