//! What is wrong with a config, all of it at once.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// Every problem found in a config: never empty when returned as an error.
///
/// `Display` prints one line a problem; [`ConfigError::render`] shows the lines of the file as well.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigError {
    /// In the order of the file, then of the environment, then of the command line.
    pub problems: Vec<Problem>,
    /// The file's text, which `render` quotes.
    source: Option<String>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Dotted key, `optimizer.learning_rate`; empty if no single key is at fault.
    pub key: String,
    /// What is wrong and why.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where it was written.
    pub place: ConfigPlace,
}

/// Where something was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigPlace {
    /// A file that could not be read as a whole.
    WholeFile {
        /// As given.
        path: PathBuf,
    },
    /// A spot in a file.
    File {
        /// As given.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// In bytes of the file.
        span: Range<usize>,
    },
    /// An environment variable.
    Environment {
        /// `MLP__SECTION__KEY`
        name: String,
    },
    /// The command line's `--set`.
    Set {
        /// `section.key=value`, as typed.
        text: String,
    },
    /// A flag of the command line that has a name of its own.
    Flag {
        /// With its dashes, `--backend`.
        name: String,
        /// As typed.
        value: String,
    },
    /// Nowhere: a default, or a value that a program put into the config.
    Unwritten,
}

impl ConfigPlace {
    /// The spot of `span` in a file's `text`.
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

    /// Position in the order of precedence, then in the file.
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
    /// Puts the problems in order. `source` is the text of the file that they point into, if there is one.
    pub(crate) fn new(mut problems: Vec<Problem>, source: Option<String>) -> Self {
        problems.sort_by_key(|problem| problem.place.order());
        Self { problems, source }
    }

    /// For a terminal: each problem with its line of the file, underlined, and what to do about it.
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
