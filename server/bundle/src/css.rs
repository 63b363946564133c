//! The style sheets of `style/`, in the order of their names, as one minified sheet. A fault names its file and line.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow, bail};
use lightningcss::{
    printer::PrinterOptions,
    rules::{CssRule, CssRuleList},
    stylesheet::{MinifyOptions, ParserOptions, StyleSheet},
    targets::{Browsers, Targets},
};

/// The browsers of autumn 2024. What they all understand (`@layer`, `light-dark()`, `oklch()`) is left as
/// written; nesting is flattened; anything newer is translated for them where that is possible.
fn targets() -> Targets {
    let version = |major: u32, minor: u32| Some(major << 16 | minor << 8);
    Targets::from(Browsers {
        android: version(131, 0),
        chrome: version(131, 0),
        edge: version(131, 0),
        firefox: version(132, 0),
        ie: None,
        ios_saf: version(18, 1),
        opera: version(116, 0),
        safari: version(18, 1),
        samsung: version(27, 0),
    })
}

/// One sheet of all `*.css` in `folder`; empty when there is none.
///
/// # Errors
/// A file that cannot be read or is not valid CSS, or that imports another: the order of the names is the only order.
pub(crate) fn bundle(folder: &Path) -> Result<String> {
    let mut sources = Vec::new();
    for path in sheets(folder)? {
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        sources.push((path.display().to_string(), text));
    }
    minify(&sources)
}

fn sheets(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = folder.read_dir()?.collect::<Result<Vec<_>, _>>()?;
    let mut paths: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "css"));
    paths.sort();
    Ok(paths)
}

fn minify(sources: &[(String, String)]) -> Result<String> {
    let mut rules = Vec::new();
    for (name, text) in sources {
        let options = ParserOptions { filename: name.clone(), ..ParserOptions::default() };
        let sheet = StyleSheet::parse(text, options).map_err(|fault| {
            // The library counts lines from 0, editors from 1.
            let line = fault.loc.map_or(0, |at| at.line) + 1;
            anyhow!("{name}:{line}: {}", fault.kind)
        })?;
        for rule in sheet.rules.0 {
            if matches!(rule, CssRule::Import(_)) {
                bail!("{name}: @import is not followed; the sheets are joined in the order of their names");
            }
            rules.push(rule);
        }
    }
    let names = sources.iter().map(|(name, _)| name.clone()).collect();
    let mut sheet = StyleSheet::new(names, CssRuleList(rules), ParserOptions::default());
    let targets = targets();
    sheet
        .minify(MinifyOptions { targets, ..MinifyOptions::default() })
        .map_err(|fault| anyhow!("the style sheets cannot be minified: {fault}"))?;
    let printed = sheet
        .to_css(PrinterOptions { minify: true, targets, ..PrinterOptions::default() })
        .map_err(|fault| anyhow!("the style sheets cannot be printed: {fault}"))?;
    Ok(printed.code)
}

#[cfg(test)]
mod tests {
    use super::minify;

    fn joined(texts: &[&str]) -> anyhow::Result<String> {
        let sources: Vec<_> =
            texts.iter().enumerate().map(|(at, text)| (format!("{at}.css"), (*text).to_owned())).collect();
        minify(&sources)
    }

    #[test]
    fn what_the_browsers_know_survives() {
        let text = "@layer tokens, parts;
            @layer tokens {
              :root { color-scheme: dark light; --bg: light-dark(oklch(97% .004 250), oklch(17% .012 255)); }
            }
            @layer parts {
              .card {
                color: light-dark(#111, #eee);
                & > h2 { margin: 0 }
                &:hover { color: color-mix(in oklch, currentColor 35%, transparent) }
              }
            }";
        let css = joined(&[text]).unwrap();
        assert!(css.starts_with("@layer tokens{") && css.contains("}@layer parts{"), "{css}");
        assert_eq!(css.matches("light-dark(").count(), 2, "{css}");
        assert!(
            css.contains("oklch(97% .004 250)") && css.contains("color-mix(in oklch, currentColor 35%"),
            "{css}"
        );
        assert!(
            css.contains(".card>h2{margin:0}") && css.contains(".card:hover{"),
            "nesting is flattened: {css}"
        );
    }

    #[test]
    fn sheets_are_joined_in_order() {
        let css = joined(&["@layer a, b;", "@layer a { p { margin: 0 } }", "p { color: red }"]).unwrap();
        assert_eq!(css, "@layer a{p{margin:0}}@layer b;p{color:red}");
    }

    #[test]
    fn a_fault_names_its_file_and_line() {
        let fault = joined(&["p { margin: 0 }", "a { margin: 0 }\n\nq { color } }"]).unwrap_err().to_string();
        assert!(fault.contains("1.css:3"), "{fault}");
    }

    #[test]
    fn an_import_is_refused() {
        assert!(joined(&["@import \"other.css\";"]).is_err());
    }
}
