//! What a search of a site did, step by step, for whoever writes a definition.

use std::fmt::{self, Write};

use hearth_model::Source;

use super::take::MOST_ROWS;
use crate::Error;

/// Rows shown of each page.
const FIRST_ROWS: usize = 5;
const LONGEST_SHOWN: usize = 160;

/// Everything a search asked, read and made of it.
#[derive(Debug)]
pub struct Searched {
    pub asked: Vec<Asked>,
    pub sources: Vec<Source>,
    /// Not shown.
    pub(super) secrets: Vec<String>,
}

/// One page.
#[derive(Debug)]
pub struct Asked {
    /// `GET https://…`, or its part of the definition where it was not asked.
    pub what: String,
    pub outcome: Outcome,
}

#[derive(Debug)]
pub enum Outcome {
    /// With the reason: mostly that a value is not known of this title.
    NotAsked(String),
    Failed(Error),
    Read {
        size_bytes: usize,
        /// Of which the first are in `rows`.
        total: usize,
        rows: Vec<RowReport>,
    },
}

#[derive(Debug)]
pub struct RowReport {
    pub values: Vec<(String, String)>,
    pub verdict: Verdict,
}

#[derive(Debug)]
pub enum Verdict {
    /// What it leads to, in words.
    Taken(String),
    Refused(String),
    /// To its second page.
    Followed(Box<Asked>),
}

impl Searched {
    /// Whether something was asked and nothing of it answered.
    pub fn all_failed(&self) -> bool {
        let failed = |asked: &Asked| matches!(asked.outcome, Outcome::Failed(_));
        let answered = |asked: &Asked| matches!(asked.outcome, Outcome::Read { .. });
        self.asked.iter().any(failed) && !self.asked.iter().any(answered)
    }

    /// Whether anything at all went wrong on the way.
    pub fn any_failed(&self) -> bool {
        self.asked.iter().any(Asked::any_failed)
    }
}

impl Asked {
    pub(super) fn failure(self) -> Option<Error> {
        match self.outcome {
            Outcome::Failed(error) => Some(error),
            _ => None,
        }
    }

    fn any_failed(&self) -> bool {
        match &self.outcome {
            Outcome::NotAsked(_) => false,
            Outcome::Failed(_) => true,
            Outcome::Read { rows, .. } => rows.iter().any(|row| match &row.verdict {
                Verdict::Followed(asked) => asked.any_failed(),
                _ => false,
            }),
        }
    }

    fn write(&self, f: &mut impl Write, indent: &str) -> fmt::Result {
        let what = crate::text::tidy(&self.what, 600);
        match &self.outcome {
            Outcome::NotAsked(why) => writeln!(f, "{indent}not asked: {what}: {why}"),
            Outcome::Failed(error) => {
                writeln!(f, "{indent}asked {what}")?;
                writeln!(f, "{indent}  failed: {error}")
            }
            Outcome::Read {
                size_bytes,
                total,
                rows,
            } => {
                writeln!(f, "{indent}asked {what}")?;
                let many = if *total > rows.len() {
                    format!(", of which the first {MOST_ROWS} were read")
                } else {
                    String::new()
                };
                writeln!(f, "{indent}  {size_bytes} bytes, rows: {total}{many}")?;
                if rows.is_empty() {
                    writeln!(
                        f,
                        "{indent}  if the page shows some in a browser, check `rows`"
                    )?;
                }
                for (number, row) in rows.iter().take(FIRST_ROWS).enumerate() {
                    writeln!(f, "{indent}  row {}", number + 1)?;
                    row.write(f, &format!("{indent}    "))?;
                }
                rest(f, indent, rows)
            }
        }
    }
}

fn rest(f: &mut impl Write, indent: &str, rows: &[RowReport]) -> fmt::Result {
    let rest = rows.get(FIRST_ROWS..).unwrap_or_default();
    if rest.is_empty() {
        return Ok(());
    }
    let count = |is: fn(&Verdict) -> bool| rest.iter().filter(|row| is(&row.verdict)).count();
    let refused = count(|verdict| matches!(verdict, Verdict::Refused(_)));
    let followed = count(|verdict| matches!(verdict, Verdict::Followed(_)));
    let taken = count(|verdict| matches!(verdict, Verdict::Taken(_)));
    writeln!(
        f,
        "{indent}  and {} rows more: {taken} taken, {followed} followed, {refused} refused",
        rest.len()
    )
}

impl RowReport {
    fn write(&self, f: &mut impl Write, indent: &str) -> fmt::Result {
        for (name, value) in &self.values {
            let value = crate::text::tidy(value, LONGEST_SHOWN);
            writeln!(f, "{indent}{name:<10} {value}")?;
        }
        match &self.verdict {
            Verdict::Taken(what) => writeln!(f, "{indent}taken: {what}"),
            Verdict::Refused(why) => writeln!(f, "{indent}refused: {why}"),
            Verdict::Followed(asked) => asked.write(f, indent),
        }
    }
}

impl fmt::Display for Searched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for asked in &self.asked {
            asked.write(&mut text, "")?;
        }
        writeln!(text, "sources: {}", self.sources.len())?;
        for source in &self.sources {
            let size = source.size_bytes.map(|bytes| format!(", {bytes} bytes"));
            let seeders = source.seeders.map(|count| format!(", {count} seeders"));
            writeln!(
                text,
                "  {}: {}{}{}",
                format!("{:?}", source.kind).to_lowercase(),
                source.name,
                size.unwrap_or_default(),
                seeders.unwrap_or_default()
            )?;
        }
        for secret in &self.secrets {
            text = text.replace(secret, "…");
        }
        f.write_str(&text)
    }
}
