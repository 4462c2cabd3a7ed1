//! Subtitles as the box gives those in files of their own: WebVTT with plain text.

use crate::subtitles::Cue;

/// The cues of a text, in its order. What is no cue is passed over.
pub fn cues(text: &str) -> Vec<Cue> {
    let text = text.replace("\r\n", "\n");
    let blocks = text.split("\n\n");
    blocks.filter_map(cue).collect()
}

fn cue(block: &str) -> Option<Cue> {
    let mut rows = block.trim_start_matches('\n').lines();
    // A name may stand before the times.
    let (from, until) = rows
        .by_ref()
        .take(2)
        .find_map(|row| row.split_once("-->"))?;
    let until = until.split_whitespace().next()?;
    let rows: Vec<&str> = rows.collect();
    Some(Cue {
        start_ms: moment(from.trim())?,
        end_ms: moment(until)?,
        text: rows.join("\n"),
    })
}

/// `01:02:03.004`, `02:03.004`.
fn moment(text: &str) -> Option<u64> {
    let (whole, ms) = text.split_once('.')?;
    let mut seconds = 0_u64;
    for part in whole.split(':') {
        let part: u64 = part.parse().ok()?;
        seconds = seconds.checked_mul(60)?.checked_add(part)?;
    }
    let ms: u64 = ms.parse().ok().filter(|ms| *ms < 1000)?;
    seconds.checked_mul(1000)?.checked_add(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_are_read_and_the_rest_is_passed_over() {
        let text = "WEBVTT\n\nNOTE by hand\n\n00:00:01.500 --> 00:00:03.000 line:0\none\ntwo\n\n\
                    name\r\n01:02:03.004 --> 01:02:04.000\r\na &lt; b\r\n\r\n\
                    99999999999999999999:00.000 --> 0:01.000\nno time\n\n0:01.0 --> x\nnor this\n";
        let cue = |start_ms, end_ms, text: &str| Cue {
            start_ms,
            end_ms,
            text: text.into(),
        };
        assert_eq!(
            cues(text),
            [
                cue(1_500, 3_000, "one\ntwo"),
                cue(3_723_004, 3_724_000, "a &lt; b"),
            ]
        );
        assert_eq!(cues(""), []);
        assert_eq!(cues("-->"), []);
    }
}
