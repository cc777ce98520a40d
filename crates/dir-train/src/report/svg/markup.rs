//! The few elements that charts are made of, and text that is safe inside them.

pub(super) fn known(values: &[f64]) -> bool {
    values.iter().all(|v| !v.is_nan())
}

pub(super) fn path(d: String, how: &str) -> String {
    if d.is_empty() { d } else { format!("<path d=\"{d}\" {how}/>\n") }
}

pub(super) fn line((x0, y0): (f64, f64), (x1, y1): (f64, f64), how: &str) -> String {
    format!("<line x1=\"{x0:.1}\" y1=\"{y0:.1}\" x2=\"{x1:.1}\" y2=\"{y1:.1}\" {how}/>\n")
}

pub(super) fn text(x: f64, y: f64, class: &str, anchor: &str, words: &str) -> String {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\"{class}>{}</text>\n", escape(words))
}

/// Text that is safe inside markup and attributes.
pub(in super::super) fn escape(text: &str) -> String {
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
