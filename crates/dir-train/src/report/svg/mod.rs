//! A small chart in SVG: axes, marks, legend.
//!
//! Own code, because the plotting crates at hand emit no `<title>` elements (values on hover), no style classes (dark
//! mode, print) and no text alternative. Colours are attributes, so that a viewer without CSS shows them too; the style
//! only turns the text and lines of the frame light where the page is dark.

mod ink;
mod markup;
mod shape;

pub(super) use ink::{Form, Ink};
pub(super) use markup::escape;
pub(super) use shape::{Shape, Told};

use super::axis::{Axis, short};
use markup::{line, text};
use shape::Scales;

/// Width of a character at the chart's font size, on the safe side.
const CHARACTER: f64 = 7.2;
const LINE: f64 = 18.0;

const STYLE: &str = ":root{color-scheme:light dark}text{font:12px system-ui,sans-serif;fill:#24292f}\
.t{font-size:14px;font-weight:600}\
.m{fill:#59636e}.g{stroke:#d8dee4}.a{stroke:#59636e}.il{stroke:#24292f}.if{fill:#24292f}.h path:hover{fill-opacity:.12}\
@media screen and (prefers-color-scheme:dark){text{fill:#e6e9ee}.m{fill:#9aa4b0}.g{stroke:#30363d}.a{stroke:#9aa4b0}\
.il{stroke:#e6e9ee}.if{fill:#e6e9ee}}";

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
            svg += &self.scales(mark, &frame).draw(&mark.shape, mark.ink);
        }
        svg += &self.above(&frame);
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

    /// Lines with words, which stand above everything else.
    fn above(&self, frame: &Frame) -> String {
        let (mut svg, mut moments) = (String::new(), 0);
        for mark in &self.marks {
            let scales = self.scales(mark, frame);
            match &mark.shape {
                Shape::Moment(at, word) if at.is_finite() => {
                    svg += &scales.moment(moments, *at, word, mark.ink);
                    moments += 1;
                }
                Shape::Level(value, word) => svg += &scales.level(*value, word, mark.ink),
                _ => {}
            }
        }
        svg
    }

    fn scales<'a>(&'a self, mark: &Mark, frame: &'a Frame) -> Scales<'a> {
        let y = match (mark.side, &self.right) {
            (Side::Right, Some(axis)) => axis,
            _ => &self.y,
        };
        Scales { frame, x: &self.x, y }
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
        Scales::sign(&self.shape, self.ink, x, y) + &text(x + 21.0, y, "", "start", &self.name)
    }
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
                chart.add(Shape::Backdrop(vec![(value, 0.0, 1.0), (1.0, value, 1.0)]), Ink::Grey, "backdrop");
                for form in [Form::Circle, Form::Square, Form::Triangle, Form::Diamond] {
                    chart.add(Shape::Dots(vec![(value, 0.1, "<&>".into())], form, 3.0), Ink::Purple, "dots");
                }
                chart.add(Shape::Spread(vec![(1.0, value, 0.4)]), Ink::Orange, "spread");
                chart.add(Shape::Moment(value, "best".into()), Ink::Vermillion, "");
                chart.add(Shape::Level(value, "level".into()), Ink::Sky, "level");
                chart.add(Shape::Faint(vec![(0.0, value), (0.5, 0.2)]), Ink::Grey, "faint");
                chart.add(Shape::Ribbon(vec![(value, 1.0)]), Ink::Grey, "ribbon");
                chart.add(Shape::Band(vec![(0.0, value), (value, 1.0)]), Ink::Grey, "band");
                chart.add(Shape::Hatch(vec![(0.0, value), (value, 1.0)]), Ink::Grey, "hatch");
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

    #[test]
    fn a_gap_parts_an_area() {
        let mut chart = Chart::new("t", 100.0, Axis::linear("x", [0.0, 3.0]), Axis::linear("y", [0.0, 1.0]));
        let edge = |x: f64, y: f64| (x, 0.0, y);
        chart.add(
            Shape::Area(vec![edge(0.0, 1.0), edge(1.0, f64::NAN), edge(2.0, 1.0), edge(3.0, 1.0)]),
            Ink::Blue,
            "",
        );
        let svg = chart.finish();
        let d = svg.split("<path d=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("one path");
        assert_eq!(d.matches('M').count(), 2, "{d}");
    }

    #[test]
    fn what_nobody_could_see_is_left_out() {
        let mut chart = Chart::new("t", 100.0, Axis::linear("x", [0.0, 1.0]), Axis::linear("y", [0.0, 1.0]));
        let at = |k: u32| f64::from(k) / 100_000.0;
        chart.add(Shape::Hover((0..100_000).map(|k| (at(k), at(k + 1), "told".into())).collect()), Ink::Grey, "");
        chart.add(
            Shape::Dots((0..100_000).map(|k| (at(k), 0.5, "dot".into())).collect(), Form::Circle, 3.0),
            Ink::Grey,
            "",
        );
        let svg = chart.finish();
        let count = |word: &str| svg.matches(&format!("<title>{word}</title>")).count();
        // The plot is less than 920 pixels wide; dots stand half a radius apart.
        assert!((800..920).contains(&count("told")) && (550..620).contains(&count("dot")), "{}", count("dot"));
    }
}
