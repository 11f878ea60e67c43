//! Reads what test runners print: `cargo test`, and Playwright's list reporter.

/// Lines of one failure, and of one runner's failures together, that are kept to
/// be said again at the end: where a long log is cut, little more than its last
/// screen is left.
const KEPT_OF_ONE: usize = 14;
const KEPT: usize = 100;

/// Characters of such a line: a test may print a whole page.
const WIDTH: usize = 240;

/// What the test runners counted, and what they said of failures.
#[derive(Default)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    /// As the runners printed it: they say it an hour before the run ends, and
    /// whoever reads the end of a log has to find it there.
    pub failures: Vec<String>,
}

/// Reads the lines of one runner into a [`Tally`].
pub struct Reader<'a> {
    tally: &'a mut Tally,
    /// Whether the runner is telling of failures now.
    telling: bool,
    /// Whether what it tells is how the program got there.
    backtrace: bool,
    kept: usize,
    kept_of_one: usize,
}

impl Tally {
    /// A reader for the next runner.
    pub fn reader(&mut self) -> Reader<'_> {
        Reader { tally: self, telling: false, backtrace: false, kept: 0, kept_of_one: 0 }
    }

    /// Adds `12 passed`, `12 passed (3.4s)`, `1 failed`, `2 did not run` and the
    /// like. Returns whether it was one of those.
    fn add(&mut self, part: &str) -> bool {
        let mut words = part.splitn(2, ' ');
        let Some(Ok(number)) = words.next().map(str::parse::<u64>) else {
            return false;
        };
        match words.next() {
            Some("failed" | "interrupted" | "did not run" | "flaky") => self.failed += number,
            Some(word) if word == "passed" || word.starts_with("passed (") => {
                self.passed += number;
            }
            _ => return false,
        }
        true
    }
}

impl Reader<'_> {
    /// Reads a line.
    pub fn read(&mut self, line: &str) {
        let plain = without_colour(line);
        let counts = if let Some(result) = plain.strip_prefix("test result: ") {
            result.split([';', '.']).for_each(|part| {
                self.tally.add(part.trim());
            });
            true
        } else {
            plain.starts_with("  ") && self.tally.add(plain.trim())
        };
        if counts {
            self.telling = false;
        } else if begins_failure(&plain) {
            self.telling = true;
            self.backtrace = false;
            self.kept_of_one = 0;
        } else if plain == "stack backtrace:" {
            self.backtrace = true;
        }
        let wanted = self.telling && !self.backtrace && !plain.trim().is_empty();
        if wanted && self.kept < KEPT && self.kept_of_one < KEPT_OF_ONE {
            self.kept += 1;
            self.kept_of_one += 1;
            self.tally.failures.push(plain.chars().take(WIDTH).collect());
        }
    }
}

/// Whether a runner tells of failures from this line on, or of the next one:
/// cargo's `failures:` and `---- name stdout ----`, or Playwright's
/// `  1) [javascript] › tests/…`.
fn begins_failure(line: &str) -> bool {
    let numbered = line.strip_prefix("  ").and_then(|line| line.split_once(") ["));
    line == "failures:"
        || (line.starts_with("---- ") && line.ends_with(" ----"))
        || numbered.is_some_and(|(number, _)| number.parse::<u64>().is_ok())
}

/// The line without terminal escapes of the form `ESC [ … m`.
fn without_colour(line: &str) -> String {
    let mut parts = line.split('\x1b');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        let mut reader = tally.reader();
        lines.iter().for_each(|line| reader.read(line));
        tally
    }

    #[test]
    fn cargo_s_closing_lines_are_summed() {
        let tally = read(&[
            "test 7 passed ... ok",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: \x1b[31mFAILED\x1b[0m. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
        ]);
        assert_eq!((tally.passed, tally.failed), (15, 2));
    }

    #[test]
    fn playwright_s_closing_lines_are_summed() {
        let tally = read(&[
            "  ✓  1 [javascript] › story.spec.ts:3:1 › 4 passed (1.0s)",
            "  \x1b[31m1 failed\x1b[39m",
            "    [javascript] › story.spec.ts:9:1 › signs in",
            "  2 skipped",
            "  3 did not run",
            "  \x1b[32m14 passed\x1b[39m\x1b[2m (21.3s)\x1b[22m",
        ]);
        assert_eq!((tally.passed, tally.failed), (14, 4));
    }

    #[test]
    fn what_runners_say_of_failures_is_kept() {
        let cargo = read(&[
            "test signs_in ... FAILED",
            "failures:",
            "---- signs_in stdout ----",
            "assertion failed: signed_in",
            "stack backtrace:",
            "   0: std::panicking::begin_panic_handler",
            "",
            "failures:",
            "    signs_in",
            "test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "   Doc-tests partners_app",
        ]);
        assert_eq!(
            cargo.failures,
            [
                "failures:",
                "---- signs_in stdout ----",
                "assertion failed: signed_in",
                "failures:",
                "    signs_in",
            ]
        );
        let playwright = read(&[
            "  ✘  1 [javascript] › story.spec.ts:9:1 › signs in (5.0s)",
            "  \x1b[31m1) [javascript] › story.spec.ts:9:1 › signs in ────\x1b[39m",
            "    Error: not signed in",
            "  1 failed",
            "    [javascript] › story.spec.ts:9:1 › signs in",
        ]);
        assert_eq!(
            playwright.failures,
            ["  1) [javascript] › story.spec.ts:9:1 › signs in ────", "    Error: not signed in"]
        );
    }

    #[test]
    fn every_failure_is_told_of_however_much_another_says() {
        let page = "<p>".repeat(WIDTH);
        let mut lines = vec!["failures:", "---- reads stdout ----"];
        lines.extend([page.as_str(); KEPT]);
        lines.extend(["---- writes stdout ----", "assertion failed: written"]);
        let told = read(&lines).failures;
        assert_eq!(told.len(), 1 + KEPT_OF_ONE + 2, "{told:#?}");
        assert!(told.iter().all(|line| line.chars().count() <= WIDTH));
        assert_eq!(told.last().map(String::as_str), Some("assertion failed: written"));
    }
}
