//! Error texts: a message that holds its cause must not return it from `source()` as well, or the chain prints it twice.
//!
//! The convention: a variant with `#[source]`, `#[from]` or a field named `source` says what failed, and the console prints the chain;
//! a cause that stands within the sentence is a plain field (named `error`).

/// Variants of `thiserror` enums whose message shows the field that they return as their source.
pub(crate) fn faults(file: &str, text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut faults = Vec::new();
    for (at, attribute) in code.match_indices("#[error(") {
        let rest = &code[at + attribute.len()..];
        let Some(end) = close(rest, '(', ')') else { continue };
        let (message, after) = (&rest[..end], &rest[end..]);
        let Some(body) = fields(after) else { continue };
        if let Some(field) = source_field(body).filter(|field| shows(message, field)) {
            let line = code[..at].matches('\n').count() + 1;
            faults.push(format!(
                "{file}:{line}: found a message that shows its source {field:?}, expected one that says only what failed; the chain \
                 prints the source, or name the field `error`"
            ));
        }
    }
    faults
}

/// Where the bracket closes that is open at the start.
fn close(text: &str, open: char, end: char) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (1, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            c if c == open => depth += 1,
            c if c == end => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// Fields of the variant or struct behind an attribute, if it has any.
fn fields(after: &str) -> Option<&str> {
    let at = after.find(['(', '{', ',', ';'])?;
    let body = &after[at + 1..];
    match &after[at..=at] {
        "(" => close(body, '(', ')').map(|end| &body[..end]),
        "{" => close(body, '{', '}').map(|end| &body[..end]),
        _ => None,
    }
}

/// Name, or index, of the field that `source()` returns.
fn source_field(body: &str) -> Option<&str> {
    let marked = body.find("#[source]").map(|at| at + "#[source]".len());
    let marked = marked.or_else(|| body.find("#[from]").map(|at| at + "#[from]".len()));
    if let Some(at) = marked {
        let field = body[at..].trim_start().trim_start_matches("pub ");
        let name = field.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        let is_named = field[name.len()..].trim_start().starts_with(':') && !field[name.len()..].starts_with("::");
        return Some(if is_named { name } else { "0" });
    }
    let named = body.lines().map(str::trim_start).map(|line| line.trim_start_matches("pub "));
    named.into_iter().any(|line| line.starts_with("source:")).then_some("source")
}

/// Whether a message shows a field.
fn shows(message: &str, field: &str) -> bool {
    let inline = [format!("{{{field}}}"), format!("{{{field}:")];
    let argument = [format!("(.{field}"), format!(", .{field}"), format!("= .{field}")];
    inline.iter().chain(&argument).any(|shown| message.contains(shown.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_is_shown_and_returned_is_found() {
        for twice in [
            "#[error(\"failed: {0}\")]\nA(#[from] B),",
            "#[error(\"failed (a): {0:?}\")]\nA(#[source] B),",
            "#[error(\"{path}: {source}\")]\n/// A.\nIo {\n    path: P,\n    source: E,\n},",
            "#[error(\"{path}: {error}\")]\nIo {\n    path: P,\n    #[source]\n    error: E,\n},",
            "#[error(\"{}\", printable(.source))]\nIo {\n    source: E,\n},",
            "#[error(\"{0}\")]\npub struct A(#[from] pub std::io::Error);",
        ] {
            assert_eq!(faults("a.rs", twice).len(), 1, "{twice}");
        }
        for once in [
            "#[error(transparent)]\nA(#[from] B),",
            "#[error(\"failed\")]\nA(#[from] B),",
            "#[error(\"{path}: {error}\")]\nIo {\n    path: P,\n    error: E,\n},",
            "#[error(\"{path}: failed\")]\nIo {\n    path: P,\n    source: E,\n},",
            "#[error(\"none {0}\")]\nA,\n#[error(\"one\")]\nB(#[from] C),",
        ] {
            assert_eq!(faults("a.rs", once), Vec::<String>::new(), "{once}");
        }
    }
}
