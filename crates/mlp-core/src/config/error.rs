//! Errors of a config, collected so that all are reported at once.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// All problems found in a config; never empty when returned as an error.
///
/// `Display` prints one line per problem. [`ConfigError::render`] also quotes the lines of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigError {
    /// Problems in the order file, environment, command line.
    pub problems: Vec<Problem>,
    /// Text of the file, which `render` quotes.
    source: Option<String>,
}

/// One problem in a config.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Dotted key, such as `optimizer.learning_rate`; empty if the problem does not concern a single key.
    pub key: String,
    /// Description of the problem.
    pub message: String,
    /// Suggested solution.
    pub help: Option<String>,
    /// Place where the value was written.
    pub place: ConfigPlace,
}

/// Place where a value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigPlace {
    /// A file that could not be read as a whole.
    WholeFile {
        /// Path as given.
        path: PathBuf,
    },
    /// A position in a file.
    File {
        /// Path as given.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Column in characters, counted from 1.
        column: usize,
        /// Byte range in the file.
        span: Range<usize>,
    },
    /// An environment variable.
    Environment {
        /// Name, `MLP__SECTION__KEY`.
        name: String,
    },
    /// A `--set` option of the command line.
    Set {
        /// Argument as typed, `section.key=value`.
        text: String,
    },
    /// A dedicated flag of the command line.
    Flag {
        /// Name with its dashes, such as `--backend`.
        name: String,
        /// Value as typed.
        value: String,
    },
    /// No place: a default, or a value set by a program.
    Unwritten,
}

impl ConfigPlace {
    /// Returns the position of `span` in a file's `text`.
    pub(crate) fn in_file(path: PathBuf, text: &str, span: Range<usize>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self::File {
            path,
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            span,
        }
    }

    /// Returns the sort key: source, then position in the file.
    fn order(&self) -> (u8, usize) {
        match self {
            Self::WholeFile { .. } => (0, 0),
            Self::File { span, .. } => (1, span.start),
            Self::Environment { .. } => (2, 0),
            Self::Set { .. } => (3, 0),
            Self::Flag { .. } => (4, 0),
            Self::Unwritten => (5, 0),
        }
    }
}

impl fmt::Display for ConfigPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WholeFile { path } => write!(f, "{}", path.display()),
            Self::File {
                path, line, column, ..
            } => write!(f, "{}:{line}:{column}", path.display()),
            Self::Environment { name } => f.write_str(name),
            Self::Set { text } => write!(f, "--set {text}"),
            Self::Flag { name, value } => write!(f, "{name} {value}"),
            Self::Unwritten => f.write_str("config"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    /// Sorts the problems. `source` is the text of the file to which they refer, if any.
    pub(crate) fn new(mut problems: Vec<Problem>, source: Option<String>) -> Self {
        problems.sort_by_key(|problem| problem.place.order());
        Self { problems, source }
    }

    /// Renders each problem for a terminal, with its line of the file underlined and the suggested solution.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let problems = self.problems.iter();
        let shown: Vec<_> = problems.map(|p| self.render_one(p, &renderer)).collect();
        shown.join("\n\n")
    }

    fn render_one(&self, problem: &Problem, renderer: &Renderer) -> String {
        let mut group = match (&problem.place, &self.source) {
            (ConfigPlace::File { path, span, .. }, Some(source)) => Level::ERROR
                .primary_title(problem.message.as_str())
                .element(
                    Snippet::source(source.as_str())
                        .path(path.display().to_string())
                        .annotation(AnnotationKind::Primary.span(span.clone())),
                ),
            (place, _) => {
                let title = format!("{place}: {}", problem.message);
                annotate_snippets::Group::with_title(Level::ERROR.primary_title(title))
            }
        };
        if let Some(help) = &problem.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}
