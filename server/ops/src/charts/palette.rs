//! Colours by meaning: names of the page's variables for SVG, fixed values of both themes for PNG.

use plotters::style::RGBColor;

/// What a colour says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing but "this is the line".
    Accent,
    Ok,
    Warn,
    Bad,
    Unknown,
    /// There for comparison.
    Muted,
}

/// The theme of a picture that cannot ask its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Dark,
    Light,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    Panel,
    Line,
    Text,
    Muted,
    Accent,
    Ok,
    Warn,
    Bad,
    Unknown,
}

impl Tone {
    pub(super) fn paint(self) -> Paint {
        match self {
            Self::Accent => Paint::Accent,
            Self::Ok => Paint::Ok,
            Self::Warn => Paint::Warn,
            Self::Bad => Paint::Bad,
            Self::Unknown => Paint::Unknown,
            Self::Muted => Paint::Muted,
        }
    }

    /// `var(--accent)`.
    pub fn variable(self) -> &'static str {
        self.paint().variable()
    }
}

impl Paint {
    pub(super) const ALL: [Self; 9] = [
        Self::Panel,
        Self::Line,
        Self::Text,
        Self::Muted,
        Self::Accent,
        Self::Ok,
        Self::Warn,
        Self::Bad,
        Self::Unknown,
    ];

    pub(super) fn variable(self) -> &'static str {
        match self {
            Self::Panel => "var(--panel)",
            Self::Line => "var(--line)",
            Self::Text => "var(--text)",
            Self::Muted => "var(--muted)",
            Self::Accent => "var(--accent)",
            Self::Ok => "var(--ok)",
            Self::Warn => "var(--warn)",
            Self::Bad => "var(--bad)",
            Self::Unknown => "var(--unknown)",
        }
    }
}

/// How paints become colours.
#[derive(Clone, Copy, Debug)]
pub(super) enum Palette {
    /// Each paint is a colour that nobody would use; the SVG's text is searched for it afterwards.
    Placeholders,
    Fixed(Theme),
}

impl Palette {
    pub(super) fn color(self, paint: Paint) -> RGBColor {
        let Self::Fixed(theme) = self else { return RGBColor(1, 2, 10 + paint as u8) };
        // The variables of the style sheet in sRGB.
        let (dark, light) = match paint {
            Paint::Panel => ((19, 24, 30), (255, 255, 255)),
            Paint::Line => ((40, 46, 54), (218, 222, 227)),
            Paint::Text => ((228, 232, 237), (30, 37, 46)),
            Paint::Muted => ((154, 162, 171), (83, 92, 102)),
            Paint::Accent => ((107, 195, 244), (0, 104, 167)),
            Paint::Ok => ((86, 210, 152), (0, 113, 69)),
            Paint::Warn => ((243, 185, 76), (151, 88, 0)),
            Paint::Bad => ((254, 108, 102), (183, 25, 28)),
            Paint::Unknown => ((175, 164, 198), (97, 89, 113)),
        };
        let (r, g, b) = if theme == Theme::Dark { dark } else { light };
        RGBColor(r, g, b)
    }
}
