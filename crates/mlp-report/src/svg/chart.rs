//! A drawing and its elements.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{escape, number, stylesheet};

/// Which point of a text lies at its position (`text-anchor`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// A drawing under construction. Lengths are in SVG user units, from the upper left corner.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Name of its files, without the extension; also makes the ids within it unique on a page.
    pub name: String,
    /// Title, drawn at the top and read out by screen readers.
    pub title: String,
    /// Description for screen readers.
    pub description: String,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    body: String,
}

/// Maximum font size of a title.
const MAX_TITLE_SIZE: f64 = 15.0;

impl Chart {
    /// Creates an empty drawing with its title at the top, in smaller letters if it would not fit.
    #[must_use]
    pub fn new(name: &str, title: &str, description: &str, width: f64, height: f64) -> Self {
        let mut chart = Self {
            name: name.to_owned(),
            title: title.to_owned(),
            description: description.to_owned(),
            width,
            height,
            body: String::new(),
        };
        let room = width - 24.0;
        let size = MAX_TITLE_SIZE
            .min(MAX_TITLE_SIZE * room / super::width(title, MAX_TITLE_SIZE).max(1.0));
        chart.text("k-ink k-bold", Anchor::Start, (12.0, 23.0), size, title);
        chart
    }

    /// Appends SVG markup without escaping it.
    pub fn raw(&mut self, markup: &str) {
        self.body += markup;
        self.body.push('\n');
    }

    /// Draws a rectangle, given its upper left corner and its size.
    pub fn rectangle(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let [x, y, width, height] = [x, y, width.max(0.0), height.max(0.0)].map(number);
        self.raw(&format!(
            r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}"/>"#
        ));
    }

    /// Draws a straight line.
    pub fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(number);
        self.raw(&format!(
            r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#
        ));
    }

    /// Draws a line through points.
    pub fn polyline(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{},{}", number(*x), number(*y)))
            .collect();
        let points = points.join(" ");
        self.raw(&format!(
            r#"<polyline class="k-line {class}" points="{points}"/>"#
        ));
    }

    /// Draws a mark at a point. `shape`, modulo 4, selects circle, square, triangle or diamond.
    pub fn mark(&mut self, class: &str, shape: usize, (x, y): (f64, f64), radius: f64) {
        let at = |dx: f64, dy: f64| format!("{},{}", number(x + dx), number(y + dy));
        let r = radius;
        let points = match shape % 4 {
            0 => {
                let [x, y, r] = [x, y, r].map(number);
                self.raw(&format!(
                    r#"<circle class="{class}" cx="{x}" cy="{y}" r="{r}"/>"#
                ));
                return;
            }
            1 => [at(-r, -r), at(r, -r), at(r, r), at(-r, r)].join(" "),
            2 => [at(0.0, -1.25 * r), at(1.15 * r, r), at(-1.15 * r, r)].join(" "),
            _ => {
                let r = 1.35 * r;
                [at(0.0, -r), at(r, 0.0), at(0.0, r), at(-r, 0.0)].join(" ")
            }
        };
        self.raw(&format!(r#"<polygon class="{class}" points="{points}"/>"#));
    }

    /// Draws a line of text whose baseline is at `y`.
    pub fn text(&mut self, class: &str, anchor: Anchor, (x, y): (f64, f64), size: f64, text: &str) {
        let [x, y, size] = [x, y, size].map(number);
        let (anchor, text) = (anchor.name(), escape(text));
        self.raw(&format!(
            r#"<text class="{class}" text-anchor="{anchor}" x="{x}" y="{y}" font-size="{size}">{text}</text>"#
        ));
    }

    /// Draws a line of text that runs upwards.
    pub fn upward_text(
        &mut self,
        class: &str,
        anchor: Anchor,
        (x, y): (f64, f64),
        size: f64,
        text: &str,
    ) {
        let [x, y, size] = [x, y, size].map(number);
        let (anchor, text) = (anchor.name(), escape(text));
        self.raw(&format!(
            r#"<text class="{class}" text-anchor="{anchor}" transform="translate({x} {y}) rotate(-90)" font-size="{size}">{text}</text>"#
        ));
    }

    /// Draws a PNG whose pixels stay sharp squares at any size.
    pub fn image(&mut self, png: &[u8], (x, y): (f64, f64), (width, height): (f64, f64)) {
        let [x, y, width, height] = [x, y, width, height].map(number);
        let data = STANDARD.encode(png);
        self.raw(&format!(
            r#"<image class="k-pixels" image-rendering="pixelated" preserveAspectRatio="none" x="{x}" y="{y}" width="{width}" height="{height}" href="data:image/png;base64,{data}"/>"#
        ));
    }

    /// Clips everything that `draw` adds to a rectangle.
    pub fn clipped(
        &mut self,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        draw: impl FnOnce(&mut Self),
    ) {
        let id = format!("{}-clip", self.name);
        let [x, y, width, height] = [x, y, width, height].map(number);
        self.raw(&format!(
            r#"<clipPath id="{id}"><rect x="{x}" y="{y}" width="{width}" height="{height}"/></clipPath><g clip-path="url(#{id})">"#
        ));
        draw(self);
        self.raw("</g>");
    }

    /// Returns the drawing as an SVG file with its own style sheet.
    #[must_use]
    pub fn document(&self) -> String {
        let style = format!("<style>{}</style>\n", stylesheet());
        self.markup(r#" xmlns="http://www.w3.org/2000/svg""#, &style)
    }

    /// Returns the drawing as an element of a page that has the style sheet of the charts.
    #[must_use]
    pub fn inline(&self) -> String {
        self.markup("", "")
    }

    fn markup(&self, namespace: &str, style: &str) -> String {
        let (name, body) = (&self.name, &self.body);
        let [width, height] = [self.width, self.height].map(number);
        let (title, description) = (escape(&self.title), escape(&self.description));
        format!(
            r#"<svg{namespace} class="k-chart" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="{name}-title {name}-description">
<title id="{name}-title">{title}</title>
<desc id="{name}-description">{description}</desc>
{style}<rect class="k-paper" width="{width}" height="{height}"/>
{body}</svg>
"#
        )
    }
}
