//! A small chart in SVG: axes, marks, legend.
//!
//! Own code, because the plotting crates at hand emit no `<title>` elements (values on hover), no style classes (dark
//! mode, print) and no text alternative. Colours are attributes, so that a viewer without CSS shows them too; the style
//! only turns the text and lines of the frame light where the page is dark.

use super::axis::{Axis, short};

/// Width of a character at the chart's font size, on the safe side.
const CHARACTER: f64 = 7.2;
const LINE: f64 = 18.0;

const STYLE: &str = ":root{color-scheme:light dark}text{font:12px system-ui,sans-serif;fill:#24292f}\
.t{font-size:14px;font-weight:600}\
.m{fill:#59636e}.g{stroke:#d8dee4}.a{stroke:#59636e}.il{stroke:#24292f}.if{fill:#24292f}.h:hover{fill-opacity:.12}\
@media screen and (prefers-color-scheme:dark){text{fill:#e6e9ee}.m{fill:#9aa4b0}.g{stroke:#30363d}.a{stroke:#9aa4b0}\
.il{stroke:#e6e9ee}.if{fill:#e6e9ee}}";

/// Colours that the colour-blind can tell apart (Okabe and Ito, 2008), and two neutral ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Blue,
    Vermillion,
    Green,
    Purple,
    Orange,
    Sky,
    Grey,
    /// Black on white, white on black.
    Text,
}

impl Ink {
    /// Colour of the `k`-th of several lines; more lines than colours start over.
    pub(super) fn series(k: usize) -> Self {
        [Self::Text, Self::Vermillion, Self::Blue, Self::Orange, Self::Green, Self::Purple, Self::Sky][k % 7]
    }

    fn hex(self) -> &'static str {
        match self {
            Self::Blue => "#0072B2",
            Self::Vermillion => "#D55E00",
            Self::Green => "#009E73",
            Self::Purple => "#CC79A7",
            Self::Orange => "#E69F00",
            Self::Sky => "#56B4E9",
            Self::Grey => "#8c959f",
            Self::Text => "#24292f",
        }
    }

    fn stroke(self) -> String {
        format!("stroke=\"{}\"{}", self.hex(), if self == Self::Text { " class=\"il\"" } else { "" })
    }

    fn fill(self) -> String {
        format!("fill=\"{}\"{}", self.hex(), if self == Self::Text { " class=\"if\"" } else { "" })
    }
}

/// Form of a dot, so that colour is not all that tells two groups apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Circle,
    Square,
    Triangle,
    Diamond,
}

impl Form {
    fn path(self, x: f64, y: f64, r: f64) -> String {
        let at = format!("M{x:.1} {y:.1}");
        match self {
            Self::Circle => format!("{at}m-{r} 0a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z", d = 2.0 * r),
            Self::Square => format!("{at}m-{r} -{r}h{d}v{d}h-{d}z", d = 2.0 * r),
            Self::Triangle => format!("{at}m0 -{h:.1}l{h:.1} {d:.1}h-{w:.1}z", h = 1.2 * r, d = 2.1 * r, w = 2.4 * r),
            Self::Diamond => format!("{at}m0 -{h:.1}l{h:.1} {h:.1}l-{h:.1} {h:.1}l-{h:.1} -{h:.1}z", h = 1.35 * r),
        }
    }
}

/// A position and what hovering over it says.
pub(super) type Told = (f64, f64, String);

/// What a mark draws. Positions that are NaN are left out and break lines; those beyond the axes stick to the edge.
#[derive(Debug)]
pub(super) enum Shape {
    /// From the floor: left, right, top.
    Bars(Vec<(f64, f64, f64)>),
    /// Between two curves: x, low, high.
    Area(Vec<(f64, f64, f64)>),
    /// Through points.
    Line(Vec<(f64, f64)>),
    /// As a line, dashed.
    Dashed(Vec<(f64, f64)>),
    /// Single points of a radius.
    Dots(Vec<Told>, Form, f64),
    /// Across: y, left, right.
    Spread(Vec<(f64, f64, f64)>),
    /// An upright dashed line with a word at its top.
    Moment(f64, String),
    /// A strip below the floor: left, right.
    Ribbon(Vec<(f64, f64)>),
    /// Nothing to see, but the full height from left to right tells its text.
    Hover(Vec<Told>),
}

/// Which axis gives the heights of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

#[derive(Debug)]
struct Mark {
    shape: Shape,
    ink: Ink,
    side: Side,
    name: String,
}

/// A chart that grows mark by mark.
#[derive(Debug)]
pub(super) struct Chart {
    title: String,
    notes: Vec<String>,
    width: f64,
    height: f64,
    x: Axis,
    y: Axis,
    right: Option<Axis>,
    marks: Vec<Mark>,
}

/// Where the plot lies within the picture.
struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Chart {
    /// A chart as wide as the page, with a plot of the given height.
    pub(super) fn new(title: &str, height: f64, x: Axis, y: Axis) -> Self {
        let (title, notes, marks) = (title.to_owned(), Vec::new(), Vec::new());
        Self { title, notes, width: 920.0, height, x, y, right: None, marks }
    }

    /// Half as wide, for two side by side.
    pub(super) fn half(self) -> Self {
        Self { width: 450.0, ..self }
    }

    /// A second scale of heights on the right, for marks [`Chart::add_right`].
    pub(super) fn with_right(self, axis: Axis) -> Self {
        Self { right: Some(axis), ..self }
    }

    /// A line of text under the title.
    pub(super) fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// A mark; a name puts it into the legend.
    pub(super) fn add(&mut self, shape: Shape, ink: Ink, name: &str) {
        self.marks.push(Mark { shape, ink, side: Side::Left, name: name.to_owned() });
    }

    /// A mark whose heights count on the right scale.
    pub(super) fn add_right(&mut self, shape: Shape, ink: Ink, name: &str) {
        self.marks.push(Mark { shape, ink, side: Side::Right, name: name.to_owned() });
    }

    /// The finished picture.
    pub(super) fn finish(self) -> String {
        let legend = self.legend();
        let head = LINE * (1 + self.notes.len() + legend.len()) as f64 + 6.0;
        let frame = Frame {
            left: self.y.label_width(self.height, CHARACTER) + 12.0,
            right: self.width - self.right.as_ref().map_or(16.0, |a| a.label_width(self.height, CHARACTER) + 12.0),
            top: head + LINE + 8.0,
            bottom: head + LINE + 8.0 + self.height,
        };
        let total = frame.bottom + 2.0 * LINE + 6.0;
        let title = escape(&self.title);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {total}\" width=\"{w}\" height=\"{total}\" \
             role=\"img\" aria-label=\"{title}\"><style>{STYLE}</style>\n{}",
            text(0.0, 14.0, "t", "start", &self.title),
            w = self.width,
        );
        for (k, note) in self.notes.iter().enumerate() {
            svg += &text(0.0, 14.0 + LINE * (k + 1) as f64, "m", "start", note);
        }
        for (k, line) in legend.iter().enumerate() {
            let y = 14.0 + LINE * (k + 1 + self.notes.len()) as f64;
            line.iter().for_each(|(x, mark)| svg += &mark.key(*x, y));
        }
        svg += &self.grid(&frame);
        for mark in &self.marks {
            svg += &self.draw(mark, &frame);
        }
        svg += &self.moments(&frame);
        svg + &self.floor(&frame) + "</svg>\n"
    }

    /// Named marks in lines that fit the width, each with its place.
    fn legend(&self) -> Vec<Vec<(f64, &Mark)>> {
        let mut lines: Vec<Vec<(f64, &Mark)>> = Vec::new();
        let mut at = f64::INFINITY;
        for mark in self.marks.iter().filter(|m| !m.name.is_empty()) {
            let width = 34.0 + CHARACTER * mark.name.chars().count() as f64;
            if at + width > self.width + 14.0 {
                lines.push(Vec::new());
                at = 0.0;
            }
            lines.last_mut().into_iter().for_each(|line| line.push((at, mark)));
            at += width;
        }
        lines
    }

    /// Grid lines, and the numbers and words at the sides.
    fn grid(&self, frame: &Frame) -> String {
        let mut svg = String::new();
        for (value, label) in self.y.ticks_up(self.height) {
            let y = frame.height_of(&self.y, value);
            svg += &line((frame.left, y), (frame.right, y), "class=\"g\" stroke=\"#d8dee4\"");
            svg += &text(frame.left - 6.0, y + 4.0, "", "end", &label);
        }
        svg += &text(0.0, frame.top - 12.0, "m", "start", &self.y.label);
        if let Some(axis) = &self.right {
            for (value, label) in axis.ticks_up(self.height) {
                svg += &text(frame.right + 6.0, frame.height_of(axis, value) + 4.0, "m", "start", &label);
            }
            svg += &text(self.width, frame.top - 12.0, "m", "end", &axis.label);
        }
        svg
    }

    /// The x axis.
    fn floor(&self, frame: &Frame) -> String {
        let axis = "class=\"a\" stroke=\"#59636e\"";
        let mut svg = line((frame.left, frame.bottom), (frame.right, frame.bottom), axis);
        for (value, label) in self.x.ticks(frame.right - frame.left) {
            let x = frame.across_of(&self.x, value);
            svg += &line((x, frame.bottom), (x, frame.bottom + 5.0), axis);
            // The last number must not leave the picture.
            let half = CHARACTER * label.chars().count() as f64 / 2.0;
            svg += &text(x.min(self.width - half), frame.bottom + LINE, "", "middle", &label);
        }
        svg + &text((frame.left + frame.right) / 2.0, frame.bottom + 2.0 * LINE, "m", "middle", &self.x.label)
    }

    /// Upright lines; their words stand below each other, so that near ones don't overlap.
    fn moments(&self, frame: &Frame) -> String {
        let all = self.marks.iter().filter_map(|mark| match &mark.shape {
            Shape::Moment(at, word) if at.is_finite() => Some((mark.ink, *at, word)),
            _ => None,
        });
        all.enumerate()
            .map(|(k, (ink, at, word))| {
                let x = frame.across_of(&self.x, at);
                let room = x + 10.0 + CHARACTER * word.chars().count() as f64 <= frame.right;
                let (place, anchor) = if room { (x + 5.0, "start") } else { (x - 5.0, "end") };
                let dashed = format!("{} stroke-dasharray=\"4 4\"", ink.stroke());
                line((x, frame.top), (x, frame.bottom), &dashed)
                    + &text(place, frame.top + 12.0 + 15.0 * (k % 4) as f64, "", anchor, word)
            })
            .collect()
    }

    fn draw(&self, mark: &Mark, frame: &Frame) -> String {
        let heights = match (mark.side, &self.right) {
            (Side::Right, Some(axis)) => axis,
            _ => &self.y,
        };
        let across = |v: f64| frame.across_of(&self.x, v);
        let up = |v: f64| frame.height_of(heights, v);
        match &mark.shape {
            Shape::Bars(bars) => {
                let bar = |&(a, b, top): &(f64, f64, f64)| {
                    let (x0, x1, y) = (across(a), across(b), up(top));
                    let gap = if x1 - x0 > 4.0 { 1.0 } else { 0.0 };
                    format!("M{x0:.1} {f:.1}V{y:.1}H{:.1}V{f:.1}z", (x1 - gap).max(x0 + 0.5), f = frame.bottom)
                };
                path(bars.iter().filter(|b| known(&[b.0, b.1, b.2])).map(bar).collect(), &mark.ink.fill())
            }
            Shape::Area(edges) => {
                let edges: Vec<_> = edges.iter().filter(|e| known(&[e.0, e.1, e.2])).collect();
                let point = |x: f64, y: f64| format!("{:.1} {:.1} ", across(x), up(y));
                let there = edges.iter().map(|e| point(e.0, e.2));
                let back = edges.iter().rev().map(|e| point(e.0, e.1));
                let points: String = there.chain(back).collect();
                let d = if points.is_empty() { points } else { format!("M{points}z") };
                path(d, &format!("{} fill-opacity=\".35\"", mark.ink.fill()))
            }
            Shape::Line(points) | Shape::Dashed(points) => {
                let mut pen = "M";
                let mut d = String::new();
                for &(x, y) in points {
                    if known(&[x, y]) {
                        d += &format!("{pen}{:.1} {:.1}", across(x), up(y));
                        pen = "L";
                    } else {
                        pen = "M";
                    }
                }
                let dash = if matches!(mark.shape, Shape::Dashed(_)) { " stroke-dasharray=\"6 4\"" } else { "" };
                path(
                    d,
                    &format!("fill=\"none\" stroke-width=\"2\" stroke-linejoin=\"round\" {}{dash}", mark.ink.stroke()),
                )
            }
            Shape::Dots(dots, form, radius) => {
                let dots = dots.iter().filter(|dot| known(&[dot.0, dot.1])).map(|(x, y, words)| {
                    let d = form.path(across(*x), up(*y), *radius);
                    format!("<path d=\"{d}\"><title>{}</title></path>\n", escape(words))
                });
                format!("<g {} fill-opacity=\".8\">\n{}</g>\n", mark.ink.fill(), dots.collect::<String>())
            }
            Shape::Spread(spreads) => {
                let one = |&(y, a, b): &(f64, f64, f64)| {
                    let (x0, x1, y) = (across(a), across(b), up(y));
                    format!("M{x0:.1} {y:.1}H{x1:.1}M{x0:.1} {:.1}v8M{x1:.1} {:.1}v8", y - 4.0, y - 4.0)
                };
                let d = spreads.iter().filter(|s| known(&[s.0, s.1, s.2])).map(one).collect();
                path(d, &format!("fill=\"none\" stroke-width=\"1.5\" {}", mark.ink.stroke()))
            }
            Shape::Ribbon(parts) => {
                let part = |&(a, b): &(f64, f64)| {
                    let (x0, x1) = (across(a), across(b));
                    format!("M{x0:.1} {:.1}H{:.1}V{:.1}H{x0:.1}z", frame.bottom, x1.max(x0 + 0.5), frame.bottom + 5.0)
                };
                path(parts.iter().filter(|p| known(&[p.0, p.1])).map(part).collect(), &mark.ink.fill())
            }
            Shape::Hover(parts) => {
                let part = |(a, b, words): &Told| {
                    let (x0, x1) = (across(*a), across(*b));
                    format!(
                        "<rect class=\"h\" x=\"{x0:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{}\" \
                         fill-opacity=\"0\"><title>{}</title></rect>\n",
                        frame.top,
                        (x1 - x0).max(0.5),
                        frame.bottom - frame.top,
                        Ink::Grey.hex(),
                        escape(words)
                    )
                };
                parts.iter().filter(|p| known(&[p.0, p.1])).map(part).collect()
            }
            Shape::Moment(..) => String::new(), // above everything: see `moments`
        }
    }
}

impl Frame {
    fn across_of(&self, axis: &Axis, value: f64) -> f64 {
        self.left + axis.share(value) * (self.right - self.left)
    }

    fn height_of(&self, axis: &Axis, value: f64) -> f64 {
        self.bottom - axis.share(value) * (self.bottom - self.top)
    }
}

impl Mark {
    /// Its entry in the legend.
    fn key(&self, x: f64, y: f64) -> String {
        let middle = y - 4.0;
        let sign = match &self.shape {
            Shape::Line(_) | Shape::Spread(_) => {
                line((x, middle), (x + 16.0, middle), &format!("stroke-width=\"2\" {}", self.ink.stroke()))
            }
            Shape::Dashed(_) | Shape::Moment(..) => line(
                (x, middle),
                (x + 16.0, middle),
                &format!("stroke-width=\"2\" stroke-dasharray=\"6 4\" {}", self.ink.stroke()),
            ),
            Shape::Dots(_, form, _) => path(form.path(x + 8.0, middle, 4.5), &self.ink.fill()),
            Shape::Area(_) => {
                path(format!("M{x} {}h16v10h-16z", y - 9.0), &format!("{} fill-opacity=\".35\"", self.ink.fill()))
            }
            Shape::Bars(_) | Shape::Ribbon(_) | Shape::Hover(_) => {
                path(format!("M{x} {}h16v10h-16z", y - 9.0), &self.ink.fill())
            }
        };
        sign + &text(x + 21.0, y, "", "start", &self.name)
    }
}

fn known(values: &[f64]) -> bool {
    values.iter().all(|v| !v.is_nan())
}

fn path(d: String, how: &str) -> String {
    if d.is_empty() { d } else { format!("<path d=\"{d}\" {how}/>\n") }
}

fn line((x0, y0): (f64, f64), (x1, y1): (f64, f64), how: &str) -> String {
    format!("<line x1=\"{x0:.1}\" y1=\"{y0:.1}\" x2=\"{x1:.1}\" y2=\"{y1:.1}\" {how}/>\n")
}

fn text(x: f64, y: f64, class: &str, anchor: &str, words: &str) -> String {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\"{class}>{}</text>\n", escape(words))
}

/// Text that is safe inside markup and attributes.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            '\n' | '\t' => safe.push(character),
            c if c.is_control() => safe.push('\u{fffd}'), // XML has no place for them
            c => safe.push(c),
        }
    }
    safe
}

/// A mean with its deviation, for hover texts.
pub(super) fn with_deviation(mean: f64, deviation: f64) -> String {
    format!("{} ± {}", short(mean), short(deviation))
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_well_formed;
    use super::*;

    #[test]
    fn no_value_breaks_the_picture() {
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1e300, 1e300];
        for value in odd {
            for y in [Axis::linear("<y>", odd), Axis::log("y", [value]), Axis::log("y", [])] {
                let mut chart =
                    Chart::new("a & \"b\" \u{7}", 200.0, Axis::linear("x", [value]), y.clone()).with_right(y);
                chart.note("it's <noted>".into());
                chart.add(Shape::Line(vec![(0.0, value), (0.5, 0.2), (value, 1.0)]), Ink::Text, "line");
                chart.add(Shape::Dashed(vec![(value, value)]), Ink::Blue, "dashed");
                chart.add(Shape::Bars(vec![(0.0, value, 1.0), (0.0, 1.0, value)]), Ink::Sky, "bars");
                chart.add_right(Shape::Area(vec![(value, 0.0, 1.0), (1.0, value, 1.0)]), Ink::Green, "area");
                for form in [Form::Circle, Form::Square, Form::Triangle, Form::Diamond] {
                    chart.add(Shape::Dots(vec![(value, 0.1, "<&>".into())], form, 3.0), Ink::Purple, "dots");
                }
                chart.add(Shape::Spread(vec![(1.0, value, 0.4)]), Ink::Orange, "spread");
                chart.add(Shape::Moment(value, "best".into()), Ink::Vermillion, "");
                chart.add(Shape::Ribbon(vec![(value, 1.0)]), Ink::Grey, "ribbon");
                chart.add(Shape::Hover(vec![(value, 1.0, "told".into())]), Ink::Grey, "");
                let svg = chart.finish();
                assert_well_formed(&svg);
                assert!(
                    svg.contains("a &amp; &quot;b&quot; \u{fffd}") && svg.contains("it&#39;s &lt;noted&gt;"),
                    "{svg}"
                );
            }
        }
    }

    #[test]
    fn a_gap_breaks_a_line() {
        let mut chart = Chart::new("t", 100.0, Axis::linear("x", [0.0, 3.0]), Axis::linear("y", [0.0, 1.0]));
        chart.add(Shape::Line(vec![(0.0, 0.0), (1.0, 1.0), (2.0, f64::NAN), (3.0, 1.0)]), Ink::Blue, "");
        let svg = chart.finish();
        let d = svg.split("<path d=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("one path");
        assert_eq!((d.matches('M').count(), d.matches('L').count()), (2, 1), "{d}");
    }
}
