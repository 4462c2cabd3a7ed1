//! The same search with SQLite FTS5: words by their beginning, ranked by bm25, and from four
//! letters on what shares trigrams, for the slips.

use std::path::Path;

use hearth_model::Title;
use rusqlite::{Connection, OpenFlags, Result, params};

#[derive(Debug)]
pub struct Fts(Connection);

pub fn build<'a>(file: &Path, titles: impl Iterator<Item = &'a Title>) -> Result<()> {
    let mut connection = Connection::open(file)?;
    connection.execute_batch(
        "PRAGMA journal_mode = OFF;
         CREATE VIRTUAL TABLE words USING fts5(ru, en, original,
             tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
         CREATE VIRTUAL TABLE parts USING fts5(ru, en, original,
             tokenize = 'trigram', detail = 'none');",
    )?;
    let transaction = connection.transaction()?;
    for title in titles {
        for table in ["words", "parts"] {
            let names = &title.names;
            transaction
                .prepare_cached(&format!("INSERT INTO {table} VALUES (?1, ?2, ?3)"))?
                .execute(params![names.ru, names.en, names.original])?;
        }
    }
    transaction.execute_batch(
        "INSERT INTO words(words) VALUES ('optimize'); INSERT INTO parts(parts) VALUES ('optimize');",
    )?;
    transaction.commit()
}

impl Fts {
    pub fn open(file: &Path) -> Result<Self> {
        let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.execute_batch("PRAGMA cache_size = -65536; PRAGMA mmap_size = 1073741824;")?;
        Ok(Self(connection))
    }

    /// The best rows for what was typed.
    pub fn search(&self, typed: &str, limit: u32) -> Result<Vec<i64>> {
        let words: Vec<String> = typed
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(|word| format!("\"{word}\"*"))
            .collect();
        let mut found = self.ask("words", &words.join(" "), limit)?;
        let letters: Vec<char> = typed.chars().collect();
        if letters.len() >= 4 && found.len() < limit as usize {
            let parts: Vec<String> = letters
                .windows(3)
                .map(|part| format!("\"{}\"", part.iter().collect::<String>().replace('"', "")))
                .collect();
            for row in self.ask("parts", &parts.join(" OR "), limit)? {
                if !found.contains(&row) {
                    found.push(row);
                }
            }
            found.truncate(limit as usize);
        }
        Ok(found)
    }

    fn ask(&self, table: &str, query: &str, limit: u32) -> Result<Vec<i64>> {
        let sql =
            format!("SELECT rowid FROM {table} WHERE {table} MATCH ?1 ORDER BY rank LIMIT ?2");
        let mut statement = self.0.prepare_cached(&sql)?;
        let rows = statement.query_map(params![query, limit], |row| row.get(0))?;
        rows.collect()
    }
}
