//! A small chart in SVG: axes, marks, legend.
//!
//! Own code, because the plotting crates at hand emit no `<title>` elements (values on hover), no style classes (dark mode,
//! print) and no text that a reader of the file can select.

use std::fmt::Write as _;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 74.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 48.0;

/// Colours that the colour-blind can tell apart (Okabe and Ito).
pub(super) const COLOURS: [&str; 8] =
    ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8B6914", "#777777"];

const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#222}.t{font-weight:600;font-size:13px}.g{stroke:#ddd}\
.a{stroke:#555}@media(prefers-color-scheme:dark){text{fill:#ddd}.g{stroke:#3a3a3a}.a{stroke:#999}}";

/// One axis.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    label: String,
    low: f64,
    high: f64,
    log: bool,
}

impl Axis {
    /// A linear axis over the values, and 0 where asked for.
    pub(super) fn linear(label: &str, values: impl Iterator<Item = f64>, with_zero: bool) -> Self {
        let start = if with_zero { (0.0, 0.0) } else { (f64::INFINITY, f64::NEG_INFINITY) };
        let (low, high) = values.filter(|v| v.is_finite()).fold(start, |(l, h), v| (l.min(v), h.max(v)));
        let (low, high) = if low < high { (low, high) } else { (low.min(0.0), high.max(low.min(0.0) + 1.0)) };
        let (low, high) = if low.is_finite() && high.is_finite() { (low, high) } else { (0.0, 1.0) };
        Self { label: label.into(), low, high, log: false }
    }

    /// A logarithmic axis over the positive values; linear if there are none.
    pub(super) fn log(label: &str, values: impl Iterator<Item = f64> + Clone) -> Self {
        let positive = values.clone().filter(|v| v.is_finite() && *v > 0.0);
        let (low, high) = positive.fold((f64::INFINITY, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
        if !(low.is_finite() && high > low) {
            return Self::linear(label, values, true);
        }
        Self { label: label.into(), low: low * 0.8, high: high * 1.1, log: true }
    }

    /// Position of a value, 0 to 1.
    fn at(&self, value: f64) -> f64 {
        let place = if self.log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        place.clamp(0.0, 1.0)
    }

    /// Round numbers along the axis.
    fn ticks(&self) -> Vec<f64> {
        if self.log {
            let first = self.low.log10().floor() as i32;
            let last = self.high.log10().ceil() as i32;
            let steps: &[f64] = if last - first > 4 { &[1.0] } else { &[1.0, 2.0, 5.0] };
            let all = (first..=last).flat_map(|e| steps.iter().map(move |s| s * 10_f64.powi(e)));
            return all.filter(|v| (self.low..=self.high).contains(v)).collect();
        }
        let rough = (self.high - self.low) / 6.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|s| s * power).into_iter().find(|s| *s >= rough).unwrap_or(rough);
        let first = (self.low / step).ceil() as i64;
        (first..).map(|k| k as f64 * step).take_while(|v| *v <= self.high * (1.0 + 1e-12)).take(20).collect()
    }
}

/// Shortest text of a tick or a hover value.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        a if a >= 1e6 => format!("{:.3e}", value),
        a if a >= 1000.0 => format!("{value:.0}"),
        a if a >= 0.001 => {
            let text = format!("{value:.*}", (3 - a.log10().floor() as i32).clamp(0, 6) as usize);
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
        }
        _ => format!("{value:.1e}"),
    }
}

/// Text that is safe inside markup.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A chart that grows mark by mark.
#[derive(Debug)]
pub(super) struct Chart {
    x: Axis,
    y: Axis,
    body: String,
    legend: Vec<(String, String)>,
}

impl Chart {
    pub(super) fn new(x: Axis, y: Axis) -> Self {
        Self { x, y, body: String::new(), legend: Vec::new() }
    }

    fn place(&self, x: f64, y: f64) -> (f64, f64) {
        (LEFT + self.x.at(x) * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - self.y.at(y) * (HEIGHT - TOP - BOTTOM))
    }

    /// A line through points; a name puts it into the legend.
    pub(super) fn line(&mut self, points: &[(f64, f64)], colour: &str, name: &str, dashed: bool) {
        let mut path = String::new();
        for &(x, y) in points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()) {
            let (px, py) = self.place(x, y);
            let _ = write!(path, "{px:.1},{py:.1} ");
        }
        let dash = if dashed { " stroke-dasharray=\"5 4\"" } else { "" };
        let title = escape(name);
        let _ = writeln!(
            self.body,
            "<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dash}><title>{title}</title></polyline>"
        );
        self.name(colour, name);
    }

    /// A bar from the bottom to `y`.
    pub(super) fn bar(&mut self, (low, high): (f64, f64), y: f64, colour: &str, hover: &str) {
        let (x0, top) = self.place(low, y);
        let (x1, bottom) = self.place(high, self.y.low);
        let width = (x1 - x0 - 0.3).max(0.6);
        let _ = writeln!(
            self.body,
            "<rect x=\"{x0:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{colour}\"><title>{}</title></rect>",
            (bottom - top).max(0.0),
            escape(hover)
        );
    }

    /// A dot.
    pub(super) fn dot(&mut self, x: f64, y: f64, radius: f64, colour: &str, hover: &str) {
        if x.is_finite() && y.is_finite() {
            let (px, py) = self.place(x, y);
            let hover = escape(hover);
            let _ = writeln!(
                self.body,
                "<circle cx=\"{px:.1}\" cy=\"{py:.1}\" r=\"{radius}\" fill=\"{colour}\" fill-opacity=\"0.6\"><title>{hover}</title></circle>"
            );
        }
    }

    /// A vertical line, for a deviation or a moment.
    pub(super) fn upright(&mut self, x: f64, (low, high): (f64, f64), colour: &str, dashed: bool) {
        let ((px, bottom), (_, top)) = (self.place(x, low), self.place(x, high));
        let dash = if dashed { " stroke-dasharray=\"3 3\"" } else { "" };
        let _ = writeln!(
            self.body,
            "<line x1=\"{px:.1}\" x2=\"{px:.1}\" y1=\"{bottom:.1}\" y2=\"{top:.1}\" stroke=\"{colour}\" stroke-width=\"1.5\"{dash}/>"
        );
    }

    /// The range of the y axis.
    pub(super) fn heights(&self) -> (f64, f64) {
        (self.y.low, self.y.high)
    }

    /// An entry of the legend.
    pub(super) fn name(&mut self, colour: &str, name: &str) {
        if !name.is_empty() && !self.legend.iter().any(|(_, n)| n == name) {
            self.legend.push((colour.into(), name.into()));
        }
    }

    /// The finished picture. `labels` replace the numbers of the x axis.
    pub(super) fn finish(self, labels: &[(f64, String)]) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\"><style>{STYLE}</style>\n"
        );
        let (bottom, top) = (HEIGHT - BOTTOM, TOP);
        for tick in self.y.ticks() {
            let (_, y) = self.place(self.x.low, tick);
            let _ =
                writeln!(svg, "<line class=\"g\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>", WIDTH - RIGHT);
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 8.0,
                y + 4.0,
                number(tick)
            );
        }
        svg += &self.body;
        let ticks: Vec<(f64, String)> = match labels {
            [] => self.x.ticks().into_iter().map(|t| (t, number(t))).collect(),
            given => given.to_vec(),
        };
        for (tick, label) in ticks {
            let (x, _) = self.place(tick, self.y.low);
            let _ = writeln!(
                svg,
                "<line class=\"a\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{bottom}\" y2=\"{}\"/>",
                bottom + 5.0
            );
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                bottom + 19.0,
                escape(&label)
            );
        }
        let middle = LEFT + (WIDTH - LEFT - RIGHT) / 2.0;
        let _ =
            writeln!(svg, "<line class=\"a\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{bottom}\" y2=\"{bottom}\"/>", WIDTH - RIGHT);
        let _ = writeln!(
            svg,
            "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            HEIGHT - 8.0,
            escape(&self.x.label)
        );
        let centre = (top + bottom) / 2.0;
        let _ = writeln!(
            svg,
            "<text transform=\"translate(15 {centre}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            escape(&self.y.label)
        );
        let mut x = LEFT;
        for (colour, name) in &self.legend {
            let _ = writeln!(svg, "<rect x=\"{x:.0}\" y=\"10\" width=\"12\" height=\"12\" fill=\"{colour}\"/>");
            let _ = writeln!(svg, "<text x=\"{:.0}\" y=\"20\">{}</text>", x + 17.0, escape(name));
            x += 32.0 + 6.6 * name.chars().count() as f64;
        }
        svg + "</svg>\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let axis = Axis::linear("x", [3.0, 97.0].into_iter(), true);
        assert_eq!(axis.ticks(), [0.0, 20.0, 40.0, 60.0, 80.0]);
        let axis = Axis::log("x", [1.0, 900.0].into_iter());
        assert_eq!(axis.ticks(), [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0]);
        for odd in [vec![], vec![5.0], vec![f64::NAN]] {
            assert!(!Axis::linear("x", odd.clone().into_iter(), false).ticks().is_empty());
            assert!(!Axis::log("x", odd.into_iter()).ticks().is_empty());
        }
    }

    #[test]
    fn no_value_breaks_the_picture() {
        let mut chart =
            Chart::new(Axis::linear("<x>", [0.0, 1.0].into_iter(), true), Axis::log("y", [0.0].into_iter()));
        chart.line(&[(0.0, f64::NAN), (0.5, 0.2), (f64::INFINITY, 1.0)], COLOURS[0], "a & b", false);
        chart.dot(f64::NAN, 0.0, 2.0, COLOURS[1], "x");
        chart.bar((0.0, 1.0), 0.0, COLOURS[2], "y");
        let svg = chart.finish(&[]);
        assert!(
            !svg.contains("NaN") && !svg.contains("inf") && svg.contains("a &amp; b") && svg.contains("&lt;x&gt;"),
            "{svg}"
        );
        assert_eq!(svg.matches("<title>").count(), svg.matches("</title>").count());
    }

    #[test]
    fn numbers_are_short() {
        let texts = [0.0, 0.5, 1234.5, 12.0, 1e9, 1e-7].map(number);
        assert_eq!(texts, ["0", "0.5", "1234", "12", "1.000e9", "1.0e-7"]);
    }
}
