//! A look over bencode before anything is built from it: one pass without recursion and without
//! memory of its own, so that a hostile file is refused at the price of reading it.

use crate::{Error, Result};

/// Real files nest about 6 deep; folders of a version 2 file tree add some.
const MAX_DEPTH: usize = 64;
/// Bounds what parsing can take: a few dozen bytes a value.
const MAX_VALUES: usize = 250_000;

/// The parts of a .torrent file that concern us, as slices of it.
#[derive(Debug, Default)]
pub(crate) struct Outline<'a> {
    pub info: Option<&'a [u8]>,
    pub trackers: Vec<String>,
}

pub(crate) fn outline(bytes: &[u8]) -> Result<Outline<'_>> {
    let mut scan = Scan {
        bytes,
        at: 0,
        values: 0,
    };
    let mut outline = Outline::default();
    let Token::Dictionary = scan.token()? else {
        return Err(broken("it is no .torrent file"));
    };
    let mut announce = Vec::new();
    loop {
        let key = match scan.token()? {
            Token::End => break,
            Token::Text(key) => key,
            _ => return Err(broken("it is damaged")),
        };
        let start = scan.at;
        let texts = scan.skip_value()?;
        match key {
            b"info" if outline.info.is_some() => return Err(broken("it describes two torrents")),
            b"info" => outline.info = Some(&bytes[start..scan.at]),
            b"announce" => announce = texts,
            b"announce-list" => outline.trackers = texts,
            _ => {}
        }
    }
    if outline.trackers.is_empty() {
        outline.trackers = announce;
    }
    Ok(outline)
}

fn broken(reason: &str) -> Error {
    Error::bad_torrent(reason)
}

enum Token<'a> {
    Number,
    Text(&'a [u8]),
    List,
    Dictionary,
    End,
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    values: usize,
}

impl<'a> Scan<'a> {
    fn token(&mut self) -> Result<Token<'a>> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(broken("it lists too many files"));
        }
        let first = *self
            .bytes
            .get(self.at)
            .ok_or_else(|| broken("its end is missing"))?;
        match first {
            b'd' | b'l' | b'e' => self.at += 1,
            b'i' => {
                let digits = self.until(b'e', self.at + 1)?;
                // librqbit's parser overflows past this range.
                let number = std::str::from_utf8(digits).ok().map(str::parse::<i64>);
                if !matches!(number, Some(Ok(_))) {
                    return Err(broken("a number in it is damaged"));
                }
                return Ok(Token::Number);
            }
            b'0'..=b'9' => {
                let digits = self.until(b':', self.at)?;
                let length = std::str::from_utf8(digits)
                    .ok()
                    .and_then(|digits| digits.parse::<usize>().ok())
                    .ok_or_else(|| broken("a length in it is damaged"))?;
                let text = self.bytes[self.at..]
                    .get(..length)
                    .ok_or_else(|| broken("its end is missing"))?;
                self.at += length;
                return Ok(Token::Text(text));
            }
            _ => return Err(broken("it is damaged")),
        }
        Ok(match first {
            b'd' => Token::Dictionary,
            b'l' => Token::List,
            _ => Token::End,
        })
    }

    /// The few bytes from `start` to `stop`, and past it.
    fn until(&mut self, stop: u8, start: usize) -> Result<&'a [u8]> {
        let rest = &self.bytes[start..];
        let length = rest
            .iter()
            .take(22)
            .position(|byte| *byte == stop)
            .ok_or_else(|| broken("a number in it is damaged"))?;
        self.at = start + length + 1;
        Ok(&rest[..length])
    }

    /// Steps over one value and gives the few texts a short list of addresses would hold.
    fn skip_value(&mut self) -> Result<Vec<String>> {
        const MAX_TEXTS: usize = 200;
        const MAX_TEXT_BYTES: usize = 2000;
        let mut depth = 0_usize;
        let mut texts = Vec::new();
        loop {
            match self.token()? {
                Token::List | Token::Dictionary => depth += 1,
                Token::End => {
                    depth = depth
                        .checked_sub(1)
                        .ok_or_else(|| broken("it is damaged"))?;
                }
                Token::Text(text) if texts.len() < MAX_TEXTS && text.len() <= MAX_TEXT_BYTES => {
                    texts.extend(std::str::from_utf8(text).map(str::to_owned));
                }
                Token::Text(_) | Token::Number => {}
            }
            if depth > MAX_DEPTH {
                return Err(broken("it is nested too deeply"));
            }
            if depth == 0 {
                return Ok(texts);
            }
        }
    }
}
