//! Dust and edges: what stands out from the paper and is nothing that was drawn on it.

use super::ink::{Inked, TRACE};

/// A part of the ink with less than this share of the largest part's is dust. Strokes that a hand leaves detached,
/// such as the bar of a 5, have more.
const DUST: f64 = 0.05;
/// What lies within this share of the shorter side from the edge of an image is the edge of the paper, or its shadow.
const EDGE: f64 = 1.0 / 32.0;
/// With more runs than this an image is no drawing, and stays as it is; it bounds the memory.
const MOST_RUNS: usize = 1 << 20;

/// Pixels of a line that have ink, side by side: `start..end`.
type Run = (usize, usize);

/// Connected ink: pixels that touch, by a corner too.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// Sum of its levels.
    ink: f64,
    /// `(low, high)` of x and of y, in pixels.
    bounds: [(usize, usize); 2],
}

impl Part {
    fn join(&mut self, other: Self) {
        self.ink += other.ink;
        for (bounds, (low, high)) in self.bounds.iter_mut().zip(other.bounds) {
            *bounds = (bounds.0.min(low), bounds.1.max(high));
        }
    }

    #[allow(clippy::cast_precision_loss)] // sides of images are far below 2⁵³
    fn is_at_edge(&self, size: [usize; 2]) -> bool {
        let margin = size[0].min(size[1]) as f64 * EDGE;
        self.bounds
            .iter()
            .zip(size)
            .any(|(&(low, high), side)| high as f64 <= margin || low as f64 >= side as f64 - margin)
    }
}

/// Takes off what is dirt beside the largest part; without another, that one stays, whatever it is.
pub fn wipe(inked: &mut Inked) {
    let Some(mut parts) = Parts::of(inked) else {
        return;
    };
    let is_dirt = parts.dirt(inked.size());
    if !is_dirt.contains(&true) {
        return;
    }
    let mut number = 0;
    for y in 0..inked.size()[1] {
        for run in runs(inked, y) {
            if is_dirt[parts.root(number)] {
                inked.erase(y, run);
            }
            number += 1;
        }
    }
}

/// The runs of an image, each with the part it belongs to.
struct Parts {
    /// Of each run, an earlier one of the same part, or itself.
    parents: Vec<usize>,
    /// Of each run that is its own parent, the part.
    parts: Vec<Part>,
}

impl Parts {
    /// `None` if there are too many.
    fn of(inked: &Inked) -> Option<Self> {
        let mut found = Self {
            parents: Vec::new(),
            parts: Vec::new(),
        };
        let (mut above, mut above_first) = (Vec::new(), 0);
        for y in 0..inked.size()[1] {
            let line = runs(inked, y);
            let first = found.parents.len();
            if first + line.len() > MOST_RUNS {
                return None;
            }
            let mut next = 0; // the first run above that may touch the next one of this line
            for &(start, end) in &line {
                let run = found.parents.len();
                found.parents.push(run);
                found.parts.push(Part {
                    ink: (start..end).map(|x| inked.level(x, y)).sum(),
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

    /// Whether the part is dirt, of each run that is its own parent.
    fn dirt(&self, size: [usize; 2]) -> Vec<bool> {
        let is_own = |run: &usize| self.parents[*run] == *run;
        let whole = (0..self.parts.len()).filter(is_own);
        let whole: Vec<&Part> = whole.map(|run| &self.parts[run]).collect();
        let largest = whole.iter().map(|part| part.ink).fold(0.0, f64::max);
        // A speck is not what a drawing at the edge gives way to.
        let inner = whole
            .iter()
            .filter(|part| !part.is_at_edge(size) && part.ink >= DUST * largest)
            .map(|part| part.ink)
            .reduce(f64::max);
        let most = inner.unwrap_or(largest);
        let is_dirt =
            |part: &Part| part.ink < DUST * most || (inner.is_some() && part.is_at_edge(size));
        (0..self.parts.len())
            .map(|run| self.parents[run] == run && is_dirt(&self.parts[run]))
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
            let joined = self.parts[second];
            self.parts[first].join(joined);
        }
    }
}

fn runs(inked: &Inked, y: usize) -> Vec<Run> {
    let width = inked.size()[0];
    let mut runs: Vec<Run> = Vec::new();
    for x in (0..width).filter(|&x| inked.level(x, y) > TRACE) {
        match runs.last_mut() {
            Some((_, end)) if *end == x => *end = x + 1,
            _ => runs.push((x, x + 1)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::super::InkTone;
    use super::super::decode::Grey;
    use super::*;

    /// What is left of a drawing: `#` is ink on white.
    fn wiped(lines: &[&str]) -> Vec<String> {
        let ink = |character| if character == '#' { 0 } else { u16::MAX };
        let grey = Grey {
            width: lines[0].len(),
            height: lines.len(),
            values: lines.concat().chars().map(ink).collect(),
        };
        let mut inked = Inked::of(grey, InkTone::Dark).unwrap();
        wipe(&mut inked);
        let [width, height] = inked.size();
        let drawn = |y| (0..width).map(move |x| (x, y));
        (0..height)
            .map(|y| {
                let line = drawn(y).map(|(x, y)| if inked.level(x, y) > TRACE { '#' } else { '.' });
                line.collect()
            })
            .collect()
    }

    #[test]
    fn what_touches_by_a_corner_is_one_part_and_a_speck_is_none() {
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
        assert_eq!(wiped(&all), expected);
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
        assert_eq!(wiped(&all), all);
    }

    #[test]
    fn a_line_along_an_edge_is_no_ink_unless_there_is_nothing_else() {
        let edge = format!("#{}", ".".repeat(39));
        let with = format!("#{}####{}", ".".repeat(15), ".".repeat(20));
        let mut lines = vec![edge.as_str(); 40];
        lines[15..19].fill(&with);
        let clean: Vec<String> = lines
            .iter()
            .map(|line| line.replacen('#', ".", 1))
            .collect();
        assert_eq!(wiped(&lines), clean);
        let bare = [
            "#.......................................",
            "........................................",
        ];
        assert_eq!(wiped(&[bare[1], bare[0], bare[1]])[1], bare[0]);
    }
}
