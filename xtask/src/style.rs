//! The style sheet: one file out of many, minified.

use std::path::Path;

use anyhow::{Result, anyhow};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions};
use lightningcss::targets::{Browsers, Targets};

/// Version `major.minor` as Lightning CSS packs it.
const fn version(major: u32, minor: u32) -> Option<u32> {
    Some((major << 16) | (minor << 8))
}

/// The first browsers with nesting, `light-dark()` and `oklch()`, so that all
/// three reach the browser as they are written (mid 2024).
const BROWSERS: Browsers = Browsers {
    android: None,
    chrome: version(123, 0),
    edge: version(123, 0),
    firefox: version(120, 0),
    ie: None,
    ios_saf: version(17, 5),
    opera: None,
    safari: version(17, 5),
    samsung: None,
};

/// Follows the `@import`s of `entry` and returns everything as one minified sheet.
///
/// # Errors
/// When a file is missing or is not valid CSS; the message names file and line.
pub fn bundle(entry: &Path) -> Result<String> {
    let files = FileProvider::new();
    let targets = Targets::from(BROWSERS);
    let mut sheet = Bundler::new(&files, None, ParserOptions::default())
        .bundle(entry)
        .map_err(|error| anyhow!("{error}"))?;
    sheet
        .minify(MinifyOptions { targets, ..MinifyOptions::default() })
        .map_err(|error| anyhow!("{error}"))?;
    let printed = sheet
        .to_css(PrinterOptions { minify: true, targets, ..PrinterOptions::default() })
        .map_err(|error| anyhow!("{error}"))?;
    Ok(printed.code)
}
