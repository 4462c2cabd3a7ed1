//! What is fetched beyond where a file is read.
//!
//! librqbit fetches the 32 MB behind every stream's position first, stream by stream in turn, and
//! then each wanted file: its first piece, its last, and the rest from its beginning. A file that
//! is played needs more than that, so a second stream stands in it which nobody reads, the scout:
//!
//! 1. in its last megabyte until that is there (indexes of MP4 and Matroska lie there);
//! 2. then, while most of the 32 MB behind the playhead is there, at the first gap after them, so
//!    that the film goes on being fetched forward and not from its beginning.
//!
//! How much has to be there before anything else may take from the line is a matter of time, not
//! of bytes: a minute of the film, by its length where that is known, else by how fast it is read.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    io::{AsyncSeekExt, SeekFrom},
    time::{Instant, sleep},
};

use crate::{
    active::{Active, Current},
    reader::TorrentReader,
};

/// librqbit's own, behind each stream.
pub(crate) const WINDOW_BYTES: u64 = 32 << 20;
/// With less there behind the playhead, the scout would take from who reads.
const MOST_OF_IT_BYTES: u64 = WINDOW_BYTES / 4 * 3;
const TAIL_BYTES: u64 = 1 << 20;
const AHEAD: Duration = Duration::from_secs(60);
const MAX_AHEAD_BYTES: u64 = 1 << 30;
/// Players first fill their own buffers; their speed says nothing before.
const LEARNT_AFTER: Duration = Duration::from_secs(20);
/// Who reads nothing for so long has gone, or has paused for the night.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How one file is being read. The lock is held for a look or a count.
#[derive(Debug)]
pub(crate) struct Play {
    size_bytes: u64,
    reading: Mutex<Reading>,
}

#[derive(Debug, Default)]
struct Reading {
    playhead: Option<u64>,
    /// Since when it is read without a jump, and how much.
    since: Option<Instant>,
    bytes: u64,
    last: Option<Instant>,
    known_bytes_per_s: Option<u64>,
    /// Read, and not yet noted on the disk.
    to_note: bool,
}

impl Play {
    pub fn new(size_bytes: u64) -> Self {
        Self {
            size_bytes,
            reading: Mutex::default(),
        }
    }

    pub fn moved(&self, position: u64) {
        let mut reading = self.reading();
        reading.playhead = Some(position);
        reading.since = None;
        reading.bytes = 0;
    }

    pub fn read(&self, position: u64, bytes: u64) {
        let mut reading = self.reading();
        let now = Instant::now();
        reading.playhead = Some(position);
        reading.since.get_or_insert(now);
        reading.bytes += bytes;
        reading.last = Some(now);
        reading.to_note |= bytes > 0;
    }

    pub fn lasts(&self, duration: Duration) {
        if let Some(rate) = self.size_bytes.checked_div(duration.as_secs()) {
            self.reading().known_bytes_per_s = Some(rate);
        }
    }

    pub fn playhead(&self) -> Option<u64> {
        self.reading().playhead
    }

    pub fn bytes_per_s(&self) -> Option<u64> {
        let reading = self.reading();
        reading.known_bytes_per_s.or_else(|| {
            let took = reading.since?.elapsed();
            (took >= LEARNT_AFTER).then(|| reading.bytes / took.as_secs())
        })
    }

    /// What should be there behind the playhead before others get a share of the line.
    pub fn ahead_bytes(&self) -> u64 {
        let rate = self.bytes_per_s().unwrap_or(0);
        rate.saturating_mul(AHEAD.as_secs())
            .clamp(WINDOW_BYTES, MAX_AHEAD_BYTES)
    }

    /// True while somebody reads it and less is there than should be.
    pub fn hungers(&self, pieces: &Pieces) -> bool {
        let reads = self
            .reading()
            .last
            .is_some_and(|last| last.elapsed() < FORGOTTEN_AFTER);
        let Some(playhead) = self.playhead().filter(|_| reads) else {
            return false;
        };
        let until = playhead
            .saturating_add(self.ahead_bytes())
            .min(self.size_bytes);
        pieces.first_gap(playhead, until).is_some()
    }

    /// True once after each time it was read.
    pub fn take_note(&self) -> bool {
        std::mem::take(&mut self.reading().to_note)
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which pieces of a file are there, in bytes of the file.
#[derive(Debug)]
pub(crate) struct Pieces {
    pub there: Vec<u8>,
    pub piece_bytes: u64,
    /// Where the file begins in the torrent.
    pub offset: u64,
}

impl Pieces {
    fn has(&self, piece: u64) -> bool {
        usize::try_from(piece / 8)
            .ok()
            .and_then(|at| self.there.get(at))
            .is_some_and(|byte| byte & (0x80 >> (piece % 8)) != 0)
    }

    /// Where the first missing piece between two places of the file begins.
    pub fn first_gap(&self, from: u64, until: u64) -> Option<u64> {
        if from >= until {
            return None;
        }
        let first = (self.offset + from) / self.piece_bytes;
        let end = (self.offset + until).div_ceil(self.piece_bytes);
        let piece = (first..end).find(|piece| !self.has(*piece))?;
        Some(
            (piece * self.piece_bytes)
                .saturating_sub(self.offset)
                .max(from),
        )
    }
}

/// Where the scout of a file stands, if anywhere.
fn scout_at(pieces: &Pieces, size_bytes: u64, playhead: Option<u64>) -> Option<u64> {
    let playhead = playhead?;
    let tail = size_bytes.saturating_sub(TAIL_BYTES);
    if let Some(gap) = pieces.first_gap(tail, size_bytes) {
        return Some(gap);
    }
    let behind = |bytes: u64| playhead.saturating_add(bytes).min(size_bytes);
    if pieces
        .first_gap(playhead, behind(MOST_OF_IT_BYTES))
        .is_some()
    {
        return None;
    }
    pieces.first_gap(behind(WINDOW_BYTES), size_bytes)
}

/// A stream that nobody reads: where it stands is fetched.
#[derive(Default)]
pub(crate) struct Stand(Option<(Arc<Current>, u64, Box<dyn TorrentReader>)>);

impl Stand {
    /// Stays where it is when it stands there already.
    pub async fn go(&mut self, current: &Arc<Current>, file_index: usize, place: Option<u64>) {
        let Some(place) = place else {
            self.0 = None;
            return;
        };
        if let Some((torrent, at, stream)) = &mut self.0
            && Arc::ptr_eq(torrent, current)
        {
            if *at != place && stream.seek(SeekFrom::Start(place)).await.is_ok() {
                *at = place;
            }
            return;
        }
        self.0 = None;
        // A torrent that fails is reported to whoever reads it.
        if let Ok(mut stream) = current.handle.clone().stream(file_index).await
            && stream.seek(SeekFrom::Start(place)).await.is_ok()
        {
            self.0 = Some((current.clone(), place, Box::new(stream)));
        }
    }
}

/// Looks after one file for as long as somebody has it open.
pub(crate) async fn scout(active: Weak<Active>, file_index: usize, play: Arc<Play>) {
    let mut stand = Stand::default();
    loop {
        sleep(LOOK_EVERY).await;
        let Some(active) = active.upgrade() else {
            return;
        };
        let current = active.current();
        let place = if current.closed.is_cancelled() {
            None
        } else {
            current
                .pieces(file_index)
                .and_then(|pieces| scout_at(&pieces, play.size_bytes, play.playhead()))
        };
        stand.go(&current, file_index, place).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;
    const SIZE: u64 = 100 * MB;

    /// A file of 100 MB in pieces of 1 MB, 3.5 MB into its torrent; `there` in MB of the file.
    fn pieces(there: std::ops::Range<u64>) -> Pieces {
        let mut bits = vec![0_u8; 14];
        for piece in 0..104 {
            // Piece 3 holds the file's first half megabyte.
            if (there.start + 3..there.end + 4).contains(&piece) && !there.is_empty() {
                bits[piece as usize / 8] |= 0x80 >> (piece % 8);
            }
        }
        Pieces {
            there: bits,
            piece_bytes: MB,
            offset: 3 * MB + MB / 2,
        }
    }

    #[test]
    fn finds_the_first_gap_in_bytes_of_the_file() {
        assert_eq!(pieces(0..0).first_gap(0, SIZE), Some(0));
        assert_eq!(pieces(0..0).first_gap(10, SIZE), Some(10));
        assert_eq!(pieces(0..10).first_gap(0, SIZE), Some(10 * MB + MB / 2));
        assert_eq!(pieces(0..10).first_gap(0, 10 * MB), None);
        assert_eq!(pieces(0..100).first_gap(0, SIZE), None);
        assert_eq!(pieces(0..0).first_gap(SIZE, SIZE), None);
    }

    #[test]
    fn the_scout_takes_the_tail_and_then_what_follows_the_window() {
        assert_eq!(scout_at(&pieces(0..0), SIZE, None), None, "nobody reads");
        let tail = SIZE - TAIL_BYTES;
        assert_eq!(scout_at(&pieces(0..90), SIZE, Some(0)), Some(tail));
        let mut pieces = pieces(10..50);
        for piece in 102..104 {
            pieces.there[piece / 8] |= 0x80 >> (piece % 8);
        }
        assert_eq!(
            scout_at(&pieces, SIZE, Some(0)),
            None,
            "what is read next is missing"
        );
        let after = 50 * MB + MB / 2;
        assert_eq!(scout_at(&pieces, SIZE, Some(12 * MB)), Some(after));
        assert_eq!(
            scout_at(&pieces, SIZE, Some(30 * MB)),
            None,
            "the gap is near, and who reads comes first"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_minute_of_the_film_is_to_be_ahead() {
        let play = Play::new(4000 * MB);
        assert_eq!(play.ahead_bytes(), WINDOW_BYTES, "nothing is known");
        play.moved(0);
        play.read(0, 0);
        for second in 1..=30 {
            tokio::time::advance(Duration::from_secs(1)).await;
            play.read(second * MB, MB);
        }
        assert_eq!(play.bytes_per_s(), Some(MB), "learnt");
        assert_eq!(play.ahead_bytes(), 60 * MB);
        play.moved(50 * MB);
        assert_eq!(play.ahead_bytes(), WINDOW_BYTES, "a jump begins anew");
        play.lasts(Duration::from_secs(2000));
        assert_eq!(play.ahead_bytes(), 120 * MB, "known");
        play.lasts(Duration::from_secs(1));
        assert_eq!(play.ahead_bytes(), MAX_AHEAD_BYTES);
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_is_hungry_until_enough_is_ahead() {
        let play = Play::new(SIZE);
        assert!(!play.hungers(&pieces(0..0)), "nobody reads");
        play.read(0, 1);
        assert!(play.hungers(&pieces(0..20)));
        assert!(!play.hungers(&pieces(0..40)));
        play.moved(90 * MB);
        assert!(play.hungers(&pieces(0..40)));
        assert!(!play.hungers(&pieces(90..100)), "the end is there");
        tokio::time::advance(FORGOTTEN_AFTER).await;
        assert!(!play.hungers(&pieces(0..0)), "nobody reads any more");
    }
}
