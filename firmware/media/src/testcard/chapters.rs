//! The test card's chapters, and how Matroska's muxer is told about them.

use gst::prelude::*;

use super::{CardChapter, gst, missing};
use crate::error::Error;

pub(super) const CHAPTER_SECONDS: u32 = 30;

/// Chapter marks every half minute.
pub(super) fn plan(seconds: u32) -> Vec<CardChapter> {
    (0..seconds.div_ceil(CHAPTER_SECONDS))
        .map(|index| CardChapter {
            title: format!("Глава {number} · Chapter {number}", number = index + 1),
            start_ms: u64::from(index * CHAPTER_SECONDS) * 1000,
        })
        .collect()
}

pub(super) fn write(
    mux: &gst::Element,
    chapters: &[CardChapter],
    seconds: u32,
) -> Result<(), Error> {
    let end_ms = u64::from(seconds) * 1000;
    let mut edition = gst::TocEntry::new(gst::TocEntryType::Edition, "card");
    {
        let edition = edition.make_mut();
        edition.set_start_stop_times(0, nanoseconds(end_ms));
        for (index, chapter) in chapters.iter().enumerate() {
            let stop_ms = chapters.get(index + 1).map_or(end_ms, |next| next.start_ms);
            let mut entry =
                gst::TocEntry::new(gst::TocEntryType::Chapter, &format!("chapter{index}"));
            let mark = entry.make_mut();
            mark.set_start_stop_times(nanoseconds(chapter.start_ms), nanoseconds(stop_ms));
            let mut tags = gst::TagList::new();
            tags.make_mut()
                .add::<gst::tags::Title>(&chapter.title.as_str(), gst::TagMergeMode::Append);
            mark.set_tags(tags);
            edition.append_sub_entry(entry);
        }
    }
    let mut toc = gst::Toc::new(gst::TocScope::Global);
    toc.make_mut().append_entry(edition);
    let setter = mux
        .dynamic_cast_ref::<gst::TocSetter>()
        .ok_or(missing("chapters"))?;
    setter.set_toc(Some(&toc));
    let tagger = mux
        .dynamic_cast_ref::<gst::TagSetter>()
        .ok_or(missing("title"))?;
    tagger.add_tag::<gst::tags::Title>(
        &"Hearth · Настроечная таблица · Test card",
        gst::TagMergeMode::Replace,
    );
    Ok(())
}

fn nanoseconds(ms: u64) -> i64 {
    gst::ClockTime::from_mseconds(ms).nseconds().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chapters_start_every_half_minute() {
        let starts: Vec<u64> = plan(65).iter().map(|chapter| chapter.start_ms).collect();
        assert_eq!(starts, [0, 30_000, 60_000]);
        assert_eq!(plan(30).len(), 1);
    }
}
