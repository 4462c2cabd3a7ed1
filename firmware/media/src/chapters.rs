//! The chapters of a film, from its table of contents.

use gstreamer as gst;
use serde::Serialize;

/// A file may nest and repeat as it likes.
const CHAPTERS_MAX: usize = 1000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chapter {
    pub title: String,
    pub start_ms: u64,
}

/// The marks of a table of contents, whatever its nesting.
pub(crate) fn chapters(toc: &gst::Toc) -> Vec<Chapter> {
    let mut found = Vec::new();
    let mut waiting: Vec<gst::TocEntry> = toc.entries();
    while let Some(entry) = waiting.pop() {
        if found.len() + waiting.len() > CHAPTERS_MAX {
            break;
        }
        if entry.entry_type() == gst::TocEntryType::Chapter
            && let Some((start, _)) = entry.start_stop_times()
        {
            let title = entry
                .tags()
                .and_then(|tags| tags.get::<gst::tags::Title>().map(|t| t.get().to_owned()));
            let start_ms = start.max(0).unsigned_abs() / 1_000_000;
            found.push(Chapter {
                title: title.unwrap_or_default(),
                start_ms,
            });
        }
        waiting.extend(entry.sub_entries());
    }
    found.sort_by_key(|chapter| chapter.start_ms);
    found
}
