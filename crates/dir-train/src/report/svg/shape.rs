//! What marks draw.

use std::collections::HashSet;

use super::super::axis::Axis;
use super::ink::{Form, Ink};
use super::markup::{escape, known, line, path, text};
use super::{CHARACTER, Frame};

const AREA: &str = "fill-opacity=\".35\"";
const PALE: &str = "fill-opacity=\".22\"";

/// A position and what hovering over it says.
pub(in super::super) type Told = (f64, f64, String);

/// What a mark draws. Positions that are NaN are left out and break lines and areas; those beyond the axes stick to the edge.
#[derive(Debug)]
pub(in super::super) enum Shape {
    /// From the floor: left, right, top.
    Bars(Vec<(f64, f64, f64)>),
    /// Between two curves: x, low, high.
    Area(Vec<(f64, f64, f64)>),
    /// As an area, paler: what others are seen against.
    Backdrop(Vec<(f64, f64, f64)>),
    /// Through points.
    Line(Vec<(f64, f64)>),
    /// As a line, dashed.
    Dashed(Vec<(f64, f64)>),
    /// As a line, thin and pale: one of many in the background.
    Faint(Vec<(f64, f64)>),
    /// Single points of a radius.
    Dots(Vec<Told>, Form, f64),
    /// Across: y, left, right.
    Spread(Vec<(f64, f64, f64)>),
    /// An upright dashed line with a word at its top.
    Moment(f64, String),
    /// A dashed line across with a word at its right end.
    Level(f64, String),
    /// A strip below the floor: left, right.
    Ribbon(Vec<(f64, f64)>),
    /// The full height, shaded: left, right.
    Band(Vec<(f64, f64)>),
    /// The full height, hatched: left, right.
    Hatch(Vec<(f64, f64)>),
    /// Nothing to see, but the full height from left to right tells its text.
    Hover(Vec<Told>),
}

/// Where values lie in the picture.
pub(super) struct Scales<'a> {
    pub(super) frame: &'a Frame,
    pub(super) x: &'a Axis,
    pub(super) y: &'a Axis,
}

impl Scales<'_> {
    fn across(&self, value: f64) -> f64 {
        self.frame.across_of(self.x, value)
    }

    fn up(&self, value: f64) -> f64 {
        self.frame.height_of(self.y, value)
    }

    pub(super) fn draw(&self, shape: &Shape, ink: Ink) -> String {
        match shape {
            Shape::Bars(bars) => self.bars(bars, ink),
            Shape::Area(edges) => self.area(edges, ink, AREA),
            Shape::Backdrop(edges) => self.area(edges, ink, PALE),
            Shape::Line(points) => self.line(points, ink, "stroke-width=\"2\""),
            Shape::Dashed(points) => self.line(points, ink, "stroke-width=\"2\" stroke-dasharray=\"6 4\""),
            Shape::Faint(points) => self.line(points, ink, "stroke-width=\"1\" stroke-opacity=\".6\""),
            Shape::Dots(dots, form, radius) => self.dots(dots, *form, *radius, ink),
            Shape::Spread(spreads) => self.spread(spreads, ink),
            Shape::Ribbon(parts) => self.strips(parts, (self.frame.bottom, self.frame.bottom + 5.0), &ink.fill()),
            Shape::Band(parts) => self.band(parts, ink),
            Shape::Hatch(parts) => self.hatch(parts, ink),
            Shape::Hover(parts) => self.hover(parts),
            Shape::Moment(..) | Shape::Level(..) => String::new(), // above everything: see `Chart::above`
        }
    }

    fn bars(&self, bars: &[(f64, f64, f64)], ink: Ink) -> String {
        let bar = |&(a, b, top): &(f64, f64, f64)| {
            let (x0, x1, y) = (self.across(a), self.across(b), self.up(top));
            let gap = if x1 - x0 > 4.0 { 1.0 } else { 0.0 };
            format!("M{x0:.1} {f:.1}V{y:.1}H{:.1}V{f:.1}z", (x1 - gap).max(x0 + 0.5), f = self.frame.bottom)
        };
        path(bars.iter().filter(|b| known(&[b.0, b.1, b.2])).map(bar).collect(), &ink.fill())
    }

    fn area(&self, edges: &[(f64, f64, f64)], ink: Ink, opacity: &str) -> String {
        let point = |x: f64, y: f64| format!("{:.1} {:.1} ", self.across(x), self.up(y));
        let part = |edges: &[(f64, f64, f64)]| {
            let there = edges.iter().map(|e| point(e.0, e.2));
            let back = edges.iter().rev().map(|e| point(e.0, e.1));
            format!("M{}z", there.chain(back).collect::<String>())
        };
        let parts = edges.split(|e| !known(&[e.0, e.1, e.2])).filter(|part| !part.is_empty());
        path(parts.map(part).collect(), &format!("{} {opacity}", ink.fill()))
    }

    fn line(&self, points: &[(f64, f64)], ink: Ink, how: &str) -> String {
        let mut pen = "M";
        let mut d = String::new();
        for &(x, y) in points {
            if known(&[x, y]) {
                d += &format!("{pen}{:.1} {:.1}", self.across(x), self.up(y));
                pen = "L";
            } else {
                pen = "M";
            }
        }
        path(d, &format!("fill=\"none\" stroke-linejoin=\"round\" {how} {}", ink.stroke()))
    }

    /// Of dots that would hide each other only the first is drawn.
    fn dots(&self, dots: &[Told], form: Form, radius: f64, ink: Ink) -> String {
        let mut taken = HashSet::new();
        let cell = |at: f64| (2.0 * at / radius).round() as i64;
        let places = dots.iter().filter(|dot| known(&[dot.0, dot.1]));
        let places = places.map(|(x, y, words)| (self.across(*x), self.up(*y), words));
        let dots = places.filter(|(x, y, _)| taken.insert((cell(*x), cell(*y)))).map(|(x, y, words)| {
            format!("<path d=\"{}\"><title>{}</title></path>\n", form.path(x, y, radius), escape(words))
        });
        format!("<g {} fill-opacity=\".8\">\n{}</g>\n", ink.fill(), dots.collect::<String>())
    }

    fn spread(&self, spreads: &[(f64, f64, f64)], ink: Ink) -> String {
        let one = |&(y, a, b): &(f64, f64, f64)| {
            let (x0, x1, y) = (self.across(a), self.across(b), self.up(y));
            format!("M{x0:.1} {y:.1}H{x1:.1}M{x0:.1} {:.1}v8M{x1:.1} {:.1}v8", y - 4.0, y - 4.0)
        };
        let d = spreads.iter().filter(|s| known(&[s.0, s.1, s.2])).map(one).collect();
        path(d, &format!("fill=\"none\" stroke-width=\"1.5\" {}", ink.stroke()))
    }

    fn strips(&self, parts: &[(f64, f64)], (top, bottom): (f64, f64), how: &str) -> String {
        let strip = |&(a, b): &(f64, f64)| {
            let (x0, x1) = (self.across(a), self.across(b));
            format!("M{x0:.1} {top:.1}H{:.1}V{bottom:.1}H{x0:.1}z", x1.max(x0 + 0.5))
        };
        path(parts.iter().filter(|p| known(&[p.0, p.1])).map(strip).collect(), how)
    }

    fn band(&self, parts: &[(f64, f64)], ink: Ink) -> String {
        self.strips(parts, (self.frame.top, self.frame.bottom), &format!("{} {PALE}", ink.fill()))
    }

    fn hatch(&self, parts: &[(f64, f64)], ink: Ink) -> String {
        const STEP: f64 = 4.0;
        // On one raster, so that neighbouring parts look like one.
        let strokes = |&(a, b): &(f64, f64)| {
            let (first, end) = ((self.across(a) / STEP).ceil() as i64, (self.across(b) / STEP).ceil() as i64);
            let stroke = |k: i64| format!("M{} {:.1}V{:.1}", k as f64 * STEP, self.frame.top, self.frame.bottom);
            (first..end).map(stroke).collect::<String>()
        };
        let d = parts.iter().filter(|p| known(&[p.0, p.1])).map(strokes).collect();
        self.band(parts, ink) + &path(d, &format!("stroke-opacity=\".55\" {}", ink.stroke()))
    }

    /// Strips of less than a pixel can't be pointed at: the one before stands for them.
    fn hover(&self, parts: &[Told]) -> String {
        let (mut strips, mut free) = (String::new(), f64::NEG_INFINITY);
        for (a, b, words) in parts.iter().filter(|p| known(&[p.0, p.1])) {
            let (x0, x1) = (self.across(*a), self.across(*b));
            if x0 < free {
                continue;
            }
            free = x0 + 0.95;
            let (width, top, height) = ((x1 - x0).max(1.0), self.frame.top, self.frame.bottom - self.frame.top);
            let d = format!("M{x0:.1} {top:.1}h{width:.1}v{height:.1}h-{width:.1}z");
            strips += &format!("<path d=\"{d}\"><title>{}</title></path>\n", escape(words));
        }
        format!("<g class=\"h\" fill=\"{}\" fill-opacity=\"0\">\n{strips}</g>\n", Ink::Grey.hex())
    }

    /// A line across; its word stands on it, at the right end.
    pub(super) fn level(&self, value: f64, word: &str, ink: Ink) -> String {
        if !value.is_finite() || !self.y.contains(value) {
            return String::new();
        }
        let (y, Frame { left, right, .. }) = (self.up(value), self.frame);
        line((*left, y), (*right, y), &format!("{} stroke-dasharray=\"4 4\"", ink.stroke()))
            + &text(right - 4.0, y - 4.0, "", "end", word)
    }

    /// An upright line; the words of several stand below each other, so that near ones don't overlap.
    pub(super) fn moment(&self, k: usize, at: f64, word: &str, ink: Ink) -> String {
        let (x, Frame { right, top, bottom, .. }) = (self.across(at), self.frame);
        let room = x + 10.0 + CHARACTER * word.chars().count() as f64 <= *right;
        let (place, anchor) = if room { (x + 5.0, "start") } else { (x - 5.0, "end") };
        line((x, *top), (x, *bottom), &format!("{} stroke-dasharray=\"4 4\"", ink.stroke()))
            + &text(place, top + 12.0 + 15.0 * (k % 4) as f64, "", anchor, word)
    }

    /// Its sign in the legend, in a field of 16 by 10 whose lower left corner is given.
    pub(super) fn sign(shape: &Shape, ink: Ink, x: f64, y: f64) -> String {
        let middle = y - 4.0;
        let field = format!("M{x} {}h16v10h-16z", y - 9.0);
        let stroke = |how: &str| line((x, middle), (x + 16.0, middle), &format!("{how} {}", ink.stroke()));
        match shape {
            Shape::Line(_) | Shape::Spread(_) => stroke("stroke-width=\"2\""),
            Shape::Faint(_) => stroke("stroke-width=\"1\" stroke-opacity=\".6\""),
            Shape::Dashed(_) => stroke("stroke-width=\"2\" stroke-dasharray=\"6 4\""),
            Shape::Moment(..) | Shape::Level(..) => stroke("stroke-dasharray=\"4 4\""),
            Shape::Dots(_, form, _) => path(form.path(x + 8.0, middle, 4.5), &ink.fill()),
            Shape::Area(_) => path(field, &format!("{} {AREA}", ink.fill())),
            Shape::Backdrop(_) | Shape::Band(_) => path(field, &format!("{} {PALE}", ink.fill())),
            Shape::Hatch(_) => {
                let strokes = (0..4).map(|k| format!("M{} {}v10", x + 2.0 + 4.0 * f64::from(k), y - 9.0)).collect();
                path(field, &format!("{} {PALE}", ink.fill()))
                    + &path(strokes, &format!("stroke-opacity=\".55\" {}", ink.stroke()))
            }
            Shape::Bars(_) | Shape::Ribbon(_) | Shape::Hover(_) => path(field, &ink.fill()),
        }
    }
}
