//! Specks and edges of the sheet: connected components of the foreground that were not drawn.

use super::foreground::{Foreground, THRESHOLD};

/// A component with less than this share of the largest one's mass is a speck. Detached strokes, such as the bar of
/// a 5, have more.
const MAX_SPECK: f64 = 0.05;
/// A component within this share of the shorter side from the edge of the image is the edge of the sheet, or its
/// shadow.
const MARGIN: f64 = 1.0 / 32.0;
/// With more runs than this an image is no drawing, and stays as it is; it bounds the memory.
const MAX_RUNS: usize = 1 << 20;

/// Adjacent foreground pixels of a line: `start..end`.
type Run = (usize, usize);

/// A connected component, with diagonal neighbours.
#[derive(Clone, Copy, Debug)]
struct Component {
    /// Sum of its levels.
    mass: f64,
    /// `(low, high)` of x and of y, in pixels.
    bounds: [(usize, usize); 2],
}

impl Component {
    fn join(&mut self, other: Self) {
        self.mass += other.mass;
        for (bounds, (low, high)) in self.bounds.iter_mut().zip(other.bounds) {
            *bounds = (bounds.0.min(low), bounds.1.max(high));
        }
    }

    fn is_at_edge(&self, size: [usize; 2]) -> bool {
        let margin = size[0].min(size[1]) as f64 * MARGIN;
        self.bounds
            .iter()
            .zip(size)
            .any(|(&(low, high), side)| high as f64 <= margin || low as f64 >= side as f64 - margin)
    }
}

/// Erases specks and edges of the sheet. An only component stays, whatever it is.
pub fn erase(foreground: &mut Foreground) {
    let Some(mut components) = Components::of(foreground) else {
        return;
    };
    let is_artifact = components.artifacts(foreground.size());
    if !is_artifact.contains(&true) {
        return;
    }
    let mut number = 0;
    for y in 0..foreground.size()[1] {
        for run in runs(foreground, y) {
            if is_artifact[components.root(number)] {
                foreground.erase(y, run);
            }
            number += 1;
        }
    }
}

/// The runs of an image, each with its component: a disjoint-set forest.
struct Components {
    /// For each run an earlier one of the same component, or itself.
    parents: Vec<usize>,
    /// For each run that is its own parent the component.
    components: Vec<Component>,
}

impl Components {
    /// Labels the components in one pass; `None` if there are too many runs.
    fn of(foreground: &Foreground) -> Option<Self> {
        let mut found = Self {
            parents: Vec::new(),
            components: Vec::new(),
        };
        let (mut above, mut above_first) = (Vec::new(), 0);
        for y in 0..foreground.size()[1] {
            let line = runs(foreground, y);
            let first = found.parents.len();
            if first + line.len() > MAX_RUNS {
                return None;
            }
            let mut next = 0; // the first run above that may touch the next one of this line
            for &(start, end) in &line {
                let run = found.parents.len();
                found.parents.push(run);
                found.components.push(Component {
                    mass: (start..end).map(|x| foreground.level(x, y)).sum(),
                    bounds: [(start, end), (y, y + 1)],
                });
                while above.get(next).is_some_and(|&(_, end)| end < start) {
                    next += 1;
                }
                let touching = above[next..].iter().take_while(|(above, _)| *above <= end);
                for other in 0..touching.count() {
                    found.join(above_first + next + other, run);
                }
            }
            (above, above_first) = (line, first);
        }
        Some(found)
    }

    /// For each run that is its own parent, whether its component is an artifact; false for the others.
    fn artifacts(&self, size: [usize; 2]) -> Vec<bool> {
        let is_own = |run: &usize| self.parents[*run] == *run;
        let all = (0..self.components.len()).filter(is_own);
        let all: Vec<&Component> = all.map(|run| &self.components[run]).collect();
        let largest = all.iter().map(|one| one.mass).fold(0.0, f64::max);
        // A drawing at the edge is not given up for a speck.
        let inner = all
            .iter()
            .filter(|one| !one.is_at_edge(size) && one.mass >= MAX_SPECK * largest)
            .map(|one| one.mass)
            .reduce(f64::max);
        let reference = inner.unwrap_or(largest);
        let is_artifact = |one: &Component| {
            one.mass < MAX_SPECK * reference || (inner.is_some() && one.is_at_edge(size))
        };
        (0..self.components.len())
            .map(|run| self.parents[run] == run && is_artifact(&self.components[run]))
            .collect()
    }

    fn root(&mut self, run: usize) -> usize {
        let mut root = run;
        while self.parents[root] != root {
            self.parents[root] = self.parents[self.parents[root]];
            root = self.parents[root];
        }
        root
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            let (first, second) = (a.min(b), a.max(b));
            self.parents[second] = first;
            let joined = self.components[second];
            self.components[first].join(joined);
        }
    }
}

fn runs(foreground: &Foreground, y: usize) -> Vec<Run> {
    let width = foreground.size()[0];
    let mut runs: Vec<Run> = Vec::new();
    for x in (0..width).filter(|&x| foreground.level(x, y) > THRESHOLD) {
        match runs.last_mut() {
            Some((_, end)) if *end == x => *end = x + 1,
            _ => runs.push((x, x + 1)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::super::ForegroundTone;
    use super::super::decode::Grey;
    use super::*;

    /// What is left of a drawing: `#` is black on white.
    fn cleaned(lines: &[&str]) -> Vec<String> {
        let value = |character| if character == '#' { 0 } else { u16::MAX };
        let grey = Grey {
            width: lines[0].len(),
            height: lines.len(),
            values: lines.concat().chars().map(value).collect(),
        };
        let mut foreground = Foreground::of(grey, ForegroundTone::Dark).unwrap();
        erase(&mut foreground);
        let [width, height] = foreground.size();
        let drawn = |y| (0..width).map(move |x| (x, y));
        (0..height)
            .map(|y| {
                let line = drawn(y).map(|(x, y)| {
                    if foreground.level(x, y) > THRESHOLD {
                        '#'
                    } else {
                        '.'
                    }
                });
                line.collect()
            })
            .collect()
    }

    #[test]
    fn pixels_that_touch_by_a_corner_are_connected_and_a_speck_is_erased() {
        let all = [
            "........................",
            "...########.............",
            "..#........#............",
            "..#........#............",
            "..#........#............",
            "...########.............",
            "........................",
            "....................#...",
            "........................",
        ];
        let mut expected = all;
        expected[7] = all[0];
        assert_eq!(cleaned(&all), expected);
    }

    #[test]
    fn a_detached_stroke_stays() {
        let all = [
            "................",
            "...########.....",
            "................",
            "...##...........",
            "................",
        ];
        assert_eq!(cleaned(&all), all);
    }

    #[test]
    fn a_line_along_an_edge_is_erased_unless_there_is_nothing_else() {
        let edge = format!("#{}", ".".repeat(39));
        let with = format!("#{}####{}", ".".repeat(15), ".".repeat(20));
        let mut lines = vec![edge.as_str(); 40];
        lines[15..19].fill(&with);
        let clean: Vec<String> = lines
            .iter()
            .map(|line| line.replacen('#', ".", 1))
            .collect();
        assert_eq!(cleaned(&lines), clean);
        let bare = [
            "#.......................................",
            "........................................",
        ];
        assert_eq!(cleaned(&[bare[1], bare[0], bare[1]])[1], bare[0]);
    }
}
