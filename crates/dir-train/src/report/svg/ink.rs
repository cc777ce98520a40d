//! Colours and forms.

/// Colours that the colour-blind can tell apart (Okabe and Ito, 2008), and two neutral ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Ink {
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
    /// How many lines have a colour of their own.
    pub(in super::super) const SERIES: usize = 7;

    /// Colour of the `k`-th of several lines; more lines than colours start over.
    pub(in super::super) fn series(k: usize) -> Self {
        [Self::Text, Self::Vermillion, Self::Blue, Self::Orange, Self::Green, Self::Purple, Self::Sky][k % Self::SERIES]
    }

    pub(super) fn hex(self) -> &'static str {
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

    pub(super) fn stroke(self) -> String {
        format!("stroke=\"{}\"{}", self.hex(), if self == Self::Text { " class=\"il\"" } else { "" })
    }

    pub(super) fn fill(self) -> String {
        format!("fill=\"{}\"{}", self.hex(), if self == Self::Text { " class=\"if\"" } else { "" })
    }
}

/// Form of a dot, so that colour is not all that tells two groups apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Form {
    Circle,
    Square,
    Triangle,
    Diamond,
}

impl Form {
    pub(super) fn path(self, x: f64, y: f64, r: f64) -> String {
        let at = format!("M{x:.1} {y:.1}");
        match self {
            Self::Circle => format!("{at}m-{r} 0a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z", d = 2.0 * r),
            Self::Square => format!("{at}m-{r} -{r}h{d}v{d}h-{d}z", d = 2.0 * r),
            Self::Triangle => format!("{at}m0 -{h:.1}l{h:.1} {d:.1}h-{w:.1}z", h = 1.2 * r, d = 2.1 * r, w = 2.4 * r),
            Self::Diamond => format!("{at}m0 -{h:.1}l{h:.1} {h:.1}l-{h:.1} {h:.1}l-{h:.1} -{h:.1}z", h = 1.35 * r),
        }
    }
}
