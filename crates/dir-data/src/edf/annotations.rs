//! Time-stamped annotations lists (TALs), which EDF+ and BDF+ keep in signals of their own.
//!
//! A list is `onset [0x15 duration] 0x14 text 0x14 text 0x14 ... 0x00`, in seconds from the header's start time. The
//! first list of a record has an empty text: its onset is the time of the record.

/// What was marked, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    /// Seconds from the start time in the header, which can be up to a second before the first sample.
    pub onset: f64,
    /// Seconds, where the file gives a duration.
    pub duration: Option<f64>,
    /// What was marked, such as `Sleep stage W`; never empty.
    pub texts: Vec<String>,
}

/// One list as it stands in the file.
#[derive(Debug, PartialEq)]
pub(super) struct Tal {
    pub(super) onset: f64,
    pub(super) duration: Option<f64>,
    /// The texts; the empty first one of a time-keeping list is kept.
    pub(super) texts: Vec<String>,
}

impl Tal {
    /// Whether it gives the time of its record.
    pub(super) fn keeps_time(&self) -> bool {
        self.texts.first().is_some_and(String::is_empty)
    }

    /// The annotation in it, if there is any.
    pub(super) fn annotation(self) -> Option<Annotation> {
        let texts: Vec<_> = self.texts.into_iter().filter(|text| !text.is_empty()).collect();
        (!texts.is_empty()).then_some(Annotation { onset: self.onset, duration: self.duration, texts })
    }
}

/// The lists in the bytes that a record has for a signal; an error holds the text of the list that is none.
pub(super) fn tals(bytes: &[u8]) -> Result<Vec<Tal>, String> {
    lists(bytes).map(|list| tal(list).ok_or_else(|| shown(list))).collect()
}

/// The first of them.
pub(super) fn first_tal(bytes: &[u8]) -> Result<Option<Tal>, String> {
    lists(bytes).next().map(|list| tal(list).ok_or_else(|| shown(list))).transpose()
}

/// Bytes that the lists take in memory, at most.
pub(super) fn bytes_of(bytes: &[u8]) -> u64 {
    let texts = bytes.iter().filter(|&&byte| byte == 0x14).count() as u64;
    let lists = lists(bytes).count() as u64;
    // A byte that is not UTF-8 becomes three.
    3 * bytes.len() as u64 + lists * size_of::<Tal>() as u64 + texts * size_of::<String>() as u64
}

fn lists(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == 0).filter(|list| !list.is_empty())
}

fn shown(list: &[u8]) -> String {
    String::from_utf8_lossy(list.get(..40).unwrap_or(list)).into_owned()
}

fn tal(list: &[u8]) -> Option<Tal> {
    // Each text ends with 0x14, so what follows the last one is empty.
    let mut parts = list.strip_suffix(b"\x14")?.split(|byte| *byte == 0x14);
    let mut stamp = parts.next()?.splitn(2, |byte| *byte == 0x15);
    let onset = stamp.next()?;
    let sign = match onset.first()? {
        b'+' => 1.0,
        b'-' => -1.0,
        _ => return None,
    };
    let onset = sign * decimal(onset.get(1..)?)?;
    let duration = match stamp.next() {
        Some(duration) => Some(decimal(duration)?),
        None => None,
    };
    let texts: Vec<_> = parts.map(|text| String::from_utf8_lossy(text).into_owned()).collect();
    // An onset that is followed by its own 0x14 only: the empty text's end was left out.
    let texts = if texts.is_empty() { vec![String::new()] } else { texts };
    Some(Tal { onset, duration, texts })
}

/// A number of digits with at most one dot, up to 10^9 seconds (30 years).
fn decimal(bytes: &[u8]) -> Option<f64> {
    if !bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
        return None;
    }
    let number = std::str::from_utf8(bytes).ok()?.parse::<f64>().ok()?;
    (number <= 1e9).then_some(number)
}
