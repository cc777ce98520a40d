//! Words of a sentence. Rules that put spaces around what stands for itself come one after the other, each on what the one
//! before left, as NLTK applies them.

type Text = Vec<char>;

/// Words of one sentence.
pub(super) fn split(sentence: &str) -> Vec<String> {
    let text: Text = sentence.trim().chars().collect();
    let text = closing_quotes(dashes(brackets(punctuation(opening_quotes(text)))));
    let text: String = contractions(clitics(text)).into_iter().collect();
    text.split_whitespace().map(str::to_owned).collect()
}

/// Every piece that a rule finds becomes what the rule makes of it: `found` gives the length of a piece that begins at a
/// place, and its replacement.
fn replace(text: &[char], found: impl Fn(usize) -> Option<(usize, Text)>) -> Text {
    let (mut out, mut at) = (Vec::with_capacity(text.len() + 8), 0);
    while at < text.len() {
        match found(at) {
            Some((length, replacement)) => {
                out.extend(replacement);
                at += length.max(1);
            }
            None => {
                out.push(text[at]);
                at += 1;
            }
        }
    }
    out
}

fn spaced(piece: &[char]) -> Text {
    [&[' '], piece, &[' ']].concat()
}

/// Each of some characters stands for itself.
fn isolated(text: &[char], is: impl Fn(char) -> bool) -> Text {
    replace(text, |at| is(text[at]).then(|| (1, spaced(&text[at..=at]))))
}

/// Runs of a character stand for themselves, from a length on.
fn isolated_runs(text: &[char], c: char, least: usize) -> Text {
    replace(text, |at| {
        let run = text[at..].iter().take_while(|other| **other == c).count();
        (run >= least).then(|| (run, spaced(&text[at..at + run])))
    })
}

fn starts_with(text: &[char], piece: &str) -> bool {
    piece.chars().enumerate().all(|(k, c)| text.get(k) == Some(&c))
}

fn chars(text: &str) -> Text {
    text.chars().collect()
}

fn is_word(c: Option<&char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || *c == '_')
}

fn opening_quotes(text: Text) -> Text {
    let text = isolated(&text, |c| matches!(c, '«' | '“' | '‘' | '„'));
    let mut text = isolated_runs(&text, '`', 1);
    if text.first() == Some(&'"') {
        text.splice(..1, spaced(&['`', '`']));
    }
    // After a space or an opening bracket.
    let text = replace(&text, |at| {
        let quote = [("\"", 1), ("''", 2)].into_iter().find(|(quote, _)| starts_with(&text[at + 1..], quote));
        let (_, length) = quote.filter(|_| matches!(text[at], ' ' | '(' | '[' | '{' | '<'))?;
        Some((1 + length, [&text[at..=at], &[' ', '`', '`', ' ']].concat()))
    });
    // An apostrophe that begins a word is a quote, unless the word is a clitic.
    replace(&text, |at| {
        let before = at.checked_sub(1).and_then(|k| text.get(k));
        let opens = text[at] == '\'' && !is_word(before) && is_word(text.get(at + 1));
        (opens && !is_clitic(&text[at + 1..])).then(|| (1, vec!['\'', ' ']))
    })
}

/// Whether a text begins with a word that an apostrophe may stand before.
fn is_clitic(text: &[char]) -> bool {
    let word: String = text.iter().take_while(|c| is_word(Some(c))).flat_map(|c| c.to_lowercase()).collect();
    ["re", "ve", "ll", "m", "t", "s", "d", "n"].contains(&word.as_str())
}

fn punctuation(text: Text) -> Text {
    let text = final_period(text);
    // A colon or comma, unless a digit follows. What follows is passed over: of two commas the second stays where it is.
    let mut text = replace(&text, |at| {
        let next = text.get(at + 1).filter(|next| !next.is_numeric())?;
        matches!(text[at], ':' | ',').then(|| (2, vec![' ', text[at], ' ', *next]))
    });
    if text.last().is_some_and(|c| matches!(c, ':' | ',')) {
        text.insert(text.len() - 1, ' ');
    }
    let text = isolated_runs(&text, '.', 2);
    let text =
        isolated(&text, |c| matches!(c, ';' | '@' | '#' | '$' | '%' | '&' | '\u{2012}'..='\u{2015}' | '?' | '!'));
    // A closing single quote before a space.
    let text = replace(&text, |at| {
        let quote = starts_with(&text[at + 1..], "' ") && text[at] != '\'';
        quote.then(|| (3, vec![text[at], ' ', '\'', ' ']))
    });
    isolated(&text, |c| c == '*')
}

/// The last period, with brackets and quotes behind it, unless it ends an ellipsis.
fn final_period(mut text: Text) -> Text {
    let closing = |c: &char| matches!(c, ']' | ')' | '}' | '>' | '"' | '\'' | '»' | '”' | '’' | ' ');
    let period = text.iter().rposition(|c| !closing(c)).filter(|&at| text[at] == '.');
    if let Some(at) = period.filter(|&at| at > 0 && text[at - 1] != '.') {
        text.splice(at..=at, [' ', '.', ' ']);
    }
    text
}

fn brackets(text: Text) -> Text {
    isolated(&text, |c| matches!(c, '[' | ']' | '(' | ')' | '{' | '}' | '<' | '>'))
}

fn dashes(text: Text) -> Text {
    replace(&text, |at| starts_with(&text[at..], "--").then(|| (2, chars(" -- "))))
}

fn closing_quotes(text: Text) -> Text {
    let text = isolated(&[&[' '], text.as_slice(), &[' ']].concat(), |c| matches!(c, '»' | '”' | '’'));
    let text = replace(&text, |at| starts_with(&text[at..], "''").then(|| (2, chars(" '' "))));
    let text = replace(&text, |at| (text[at] == '"').then(|| (1, chars(" '' "))));
    // One space where there are many.
    let mut spaces: Text = Vec::with_capacity(text.len());
    for c in text {
        match c.is_whitespace() {
            true if spaces.last() == Some(&' ') => {}
            true => spaces.push(' '),
            false => spaces.push(c),
        }
    }
    spaces
}

/// `'s`, `n't` and their kin, from the word before.
fn clitics(text: Text) -> Text {
    const SHORT: [&str; 7] = ["'s", "'S", "'m", "'M", "'d", "'D", "'"];
    const LONG: [&str; 8] = ["'ll", "'LL", "'re", "'RE", "'ve", "'VE", "n't", "N'T"];
    [SHORT.as_slice(), LONG.as_slice()].into_iter().fold(text, |text, clitics| {
        replace(&text, |at| {
            let rest = &text[at + 1..];
            let fits = |clitic: &&&str| starts_with(rest, clitic) && rest.get(clitic.len()) == Some(&' ');
            let clitic = clitics.iter().find(fits).filter(|_| !matches!(text[at], '\'' | ' '))?;
            let length = clitic.len();
            Some((2 + length, [&text[at..=at], &spaced(&rest[..length])].concat()))
        })
    })
}

/// Words that are two.
fn contractions(text: Text) -> Text {
    const PAIRS: [(&str, &str); 8] = [
        ("can", "not"),
        ("d", "'ye"),
        ("gim", "me"),
        ("gon", "na"),
        ("got", "ta"),
        ("lem", "me"),
        ("more", "'n"),
        ("wan", "na"),
    ];
    let lower: Text = text.iter().map(|c| c.to_ascii_lowercase()).collect();
    let ends = |at: usize| !is_word(text.get(at));
    replace(&text, |at| {
        let begins = at == 0 || !is_word(text.get(at - 1));
        let pair = PAIRS.into_iter().find(|(a, b)| {
            begins
                && starts_with(&lower[at..], a)
                && starts_with(&lower[at + a.len()..], b)
                && ends(at + a.len() + b.len())
        });
        let old = ["is", "was"].into_iter().map(|verb| (" 't", verb));
        let old = || {
            let mut old = old.clone();
            old.find(|(t, verb)| {
                starts_with(&lower[at..], t)
                    && starts_with(&lower[at + t.len()..], verb)
                    && ends(at + t.len() + verb.len())
            })
        };
        let (a, b) = pair.or_else(old)?;
        let (first, second) = (&text[at..at + a.len()], &text[at + a.len()..at + a.len() + b.len()]);
        Some((a.len() + b.len(), [spaced(first), spaced(second)].concat()))
    })
}
