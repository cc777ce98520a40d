//! Which signals are wanted, and under which labels files have them.

use std::convert::Infallible;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A signal that every recording must have. Labels are compared without regard to case and spaces; the first that a file has is
/// taken.
///
/// # Example
/// ```
/// use dir_data::signals::Channel;
/// let ecg: Channel = "ECG=ECG1|EKG".parse().unwrap();
/// assert_eq!((ecg.name.as_str(), ecg.labels()), ("ECG", vec!["ECG", "ECG1", "EKG"]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Its name, which is also its first label.
    pub name: String,
    /// Other labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

impl Channel {
    /// All labels, in the order in which they are looked for.
    #[must_use]
    pub fn labels(&self) -> Vec<&str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str)).collect()
    }

    fn new(name: &str, aliases: &[&str]) -> Self {
        Self { name: name.into(), aliases: aliases.iter().map(|&alias| alias.into()).collect() }
    }
}

impl FromStr for Channel {
    type Err = Infallible;

    /// `NAME`, or `NAME=LABEL|LABEL`.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let (name, aliases) = text.split_once('=').unwrap_or((text, ""));
        let aliases = aliases.split('|').map(str::trim).filter(|alias| !alias.is_empty());
        Ok(Self::new(name.trim(), &aliases.collect::<Vec<_>>()))
    }
}

/// The paper's five signals of a night: EEG, ECG, airflow, thorax and abdomen, under the labels that SHHS gives them.
///
/// # Source
/// Signals: the paper, section 4. Labels: the montage pages of SHHS-1 and SHHS-2 at the National Sleep Research Resource, and
/// labels seen in their files; `AIRFLOW` comes before `NEW AIR`, which a part of SHHS-1 has in its place.
#[must_use]
pub fn shhs_channels() -> Vec<Channel> {
    vec![
        Channel::new("EEG", &["C4-A1", "EEG(sec)", "EEG sec", "EEG 2", "EEG2", "C3-A2"]),
        Channel::new("ECG", &["EKG", "ECG1", "ECG L", "ECG L-ECG R"]),
        Channel::new("AIRFLOW", &["NEW AIR", "NEW A/F", "AUX", "Flow", "Airflow1"]),
        Channel::new("THOR RES", &["Thorax", "Thor", "Chest", "Effort THO", "Resp Thorax"]),
        Channel::new("ABDO RES", &["Abdomen", "Abdo", "ABD", "Effort ABD", "Resp Abdomen"]),
    ]
}
