//! Where the result goes: beside its name first, under its name once it is whole.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use gstreamer as gst;

use super::{Target, index};
use crate::error::Error;

/// The muxer hands out single frames.
const BLOCK_BYTES: usize = 64 << 10;

/// A piece that begins with a key frame; by its pictures' times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fragment {
    pub start: gst::ClockTime,
    pub duration: gst::ClockTime,
    pub bytes: u64,
}

impl Fragment {
    pub(super) fn end(&self) -> gst::ClockTime {
        self.start + self.duration
    }
}

/// Takes the muxer's output in its order.
pub(super) trait Output {
    /// The header, before about so many fragments.
    fn begin(&mut self, header: &[u8], fragments: usize) -> Result<(), Error>;

    /// The header once more, when the end is known.
    fn correct(&mut self, header: &[u8]) -> Result<(), Error>;

    fn begin_fragment(&mut self) -> Result<(), Error>;

    fn append(&mut self, data: &[u8]) -> Result<(), Error>;

    /// Put the whole under its name; answers its size.
    fn finish(&mut self, fragments: &[Fragment]) -> Result<u64, Error>;

    fn discard(&mut self);
}

/// Begin a result. Whatever an earlier job that was killed left beside the name goes.
pub(super) fn open(target: &Target) -> Result<Box<dyn Output>, Error> {
    match target {
        Target::File(path) => Ok(Box::new(OneFile::create(path)?)),
        Target::Segments(folder) => Ok(Box::new(Segments::create(folder)?)),
    }
}

fn refuse_existing(path: &Path) -> Result<(), Error> {
    // A link that leads nowhere is there as well.
    if path.symlink_metadata().is_ok() {
        return Err(Error::Exists {
            path: path.to_owned(),
        });
    }
    Ok(())
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_owned();
    |source| Error::Write { path, source }
}

struct OneFile {
    path: PathBuf,
    part: PathBuf,
    file: BufWriter<File>,
    header_bytes: usize,
    /// Of the room for the index, behind the header.
    index_bytes: usize,
}

impl OneFile {
    fn create(path: &Path) -> Result<Self, Error> {
        if path.extension().is_none_or(|ending| ending != "mp4") {
            return Err(Error::Name {
                path: path.to_owned(),
            });
        }
        refuse_existing(path)?;
        let part = part_of(path);
        let file = File::create(&part).map_err(unwritable(path))?;
        Ok(Self {
            path: path.to_owned(),
            part,
            file: BufWriter::with_capacity(BLOCK_BYTES, file),
            header_bytes: 0,
            index_bytes: 0,
        })
    }

    /// Write over what is there.
    fn rewrite(&mut self, at: usize, data: &[u8]) -> io::Result<()> {
        let end = self.file.stream_position()?;
        self.file.seek(SeekFrom::Start(at as u64))?;
        self.file.write_all(data)?;
        self.file.seek(SeekFrom::Start(end))?;
        Ok(())
    }

    fn close(&mut self) -> io::Result<u64> {
        let bytes = self.file.stream_position()?;
        self.file.flush()?;
        self.file.get_ref().sync_data()?;
        fs::rename(&self.part, &self.path)?;
        Ok(bytes)
    }
}

impl Output for OneFile {
    fn begin(&mut self, header: &[u8], fragments: usize) -> Result<(), Error> {
        let room = index::room(fragments);
        self.header_bytes = header.len();
        self.index_bytes = room.len();
        self.append(header)?;
        self.append(&room)
    }

    fn correct(&mut self, header: &[u8]) -> Result<(), Error> {
        if header.len() != self.header_bytes {
            return Err(Error::Pipeline {
                what: super::WHAT,
                detail: "the film's header changed its size".into(),
            });
        }
        self.rewrite(0, header).map_err(unwritable(&self.path))
    }

    fn begin_fragment(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn append(&mut self, data: &[u8]) -> Result<(), Error> {
        self.file.write_all(data).map_err(unwritable(&self.path))
    }

    fn finish(&mut self, fragments: &[Fragment]) -> Result<u64, Error> {
        refuse_existing(&self.path)?;
        if let Some(index) = index::index(fragments, self.index_bytes) {
            self.rewrite(self.header_bytes, &index)
                .map_err(unwritable(&self.path))?;
        }
        self.close().map_err(unwritable(&self.path))
    }

    fn discard(&mut self) {
        left_behind(&self.part, fs::remove_file(&self.part));
    }
}

fn left_behind(part: &Path, removed: io::Result<()>) {
    if let Err(error) = removed
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(part = %part.display(), %error, "a half-made result is left behind");
    }
}

/// A folder with a complete HLS playlist.
struct Segments {
    folder: PathBuf,
    part: PathBuf,
    file: Option<BufWriter<File>>,
    count: usize,
    bytes: u64,
}

const INIT: &str = "init.mp4";

fn segment_name(index: usize) -> String {
    format!("seg-{index:05}.m4s")
}

impl Segments {
    fn create(folder: &Path) -> Result<Self, Error> {
        refuse_existing(folder)?;
        let part = part_of(folder);
        let cleared = match fs::remove_dir_all(&part) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            cleared => cleared,
        };
        cleared
            .and_then(|()| fs::create_dir(&part))
            .map_err(unwritable(folder))?;
        Ok(Self {
            folder: folder.to_owned(),
            part,
            file: None,
            count: 0,
            bytes: 0,
        })
    }

    /// Finish the running file and begin the next.
    fn next(&mut self, name: &str) -> io::Result<()> {
        self.close()?;
        let file = File::create(self.part.join(name))?;
        self.file = Some(BufWriter::with_capacity(BLOCK_BYTES, file));
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        if let Some(mut file) = self.file.take() {
            file.flush()?;
            file.get_ref().sync_data()?;
        }
        Ok(())
    }

    fn publish(&mut self, fragments: &[Fragment]) -> io::Result<()> {
        self.next("index.m3u8")?;
        let text = playlist(fragments);
        self.write(text.as_bytes())?;
        self.close()?;
        fs::rename(&self.part, &self.folder)
    }

    fn write(&mut self, data: &[u8]) -> io::Result<()> {
        self.bytes += data.len() as u64;
        self.file
            .as_mut()
            .map_or(Ok(()), |file| file.write_all(data))
    }
}

impl Output for Segments {
    fn begin(&mut self, header: &[u8], _: usize) -> Result<(), Error> {
        self.next(INIT)
            .and_then(|()| self.write(header))
            .map_err(unwritable(&self.folder))
    }

    /// The playlist tells the length.
    fn correct(&mut self, _: &[u8]) -> Result<(), Error> {
        Ok(())
    }

    fn begin_fragment(&mut self) -> Result<(), Error> {
        let name = segment_name(self.count);
        self.count += 1;
        self.next(&name).map_err(unwritable(&self.folder))
    }

    fn append(&mut self, data: &[u8]) -> Result<(), Error> {
        self.write(data).map_err(unwritable(&self.folder))
    }

    fn finish(&mut self, fragments: &[Fragment]) -> Result<u64, Error> {
        refuse_existing(&self.folder)?;
        self.publish(fragments).map_err(unwritable(&self.folder))?;
        Ok(self.bytes)
    }

    fn discard(&mut self) {
        left_behind(&self.part, fs::remove_dir_all(&self.part));
    }
}

/// The complete playlist of these segments.
fn playlist(fragments: &[Fragment]) -> String {
    let longest = fragments.iter().map(|fragment| fragment.duration).max();
    // Rounded up: no segment may be longer.
    let target = longest
        .unwrap_or_default()
        .nseconds()
        .div_ceil(1_000_000_000);
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-MEDIA-SEQUENCE:0\n\
         #EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"{INIT}\"\n"
    );
    for (index, fragment) in fragments.iter().enumerate() {
        let seconds = fragment.duration.nseconds() as f64 / 1e9;
        let name = segment_name(index);
        text.extend(["#EXTINF:", &format!("{seconds:.6}"), ",\n", &name, "\n"]);
    }
    text.push_str("#EXT-X-ENDLIST\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_playlist_is_complete_and_its_target_holds() {
        let fragment = |start, duration| Fragment {
            start: gst::ClockTime::from_mseconds(start),
            duration: gst::ClockTime::from_mseconds(duration),
            bytes: 1,
        };
        let text = playlist(&[
            fragment(0, 6000),
            fragment(6000, 10_400),
            fragment(16_400, 33),
        ]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "#EXTM3U");
        assert!(lines.contains(&"#EXT-X-TARGETDURATION:11"), "{text}");
        assert!(lines.contains(&"#EXT-X-PLAYLIST-TYPE:VOD"), "{text}");
        assert!(lines.contains(&"#EXT-X-MAP:URI=\"init.mp4\""), "{text}");
        let end = [
            "#EXTINF:6.000000,",
            "seg-00000.m4s",
            "#EXTINF:10.400000,",
            "seg-00001.m4s",
            "#EXTINF:0.033000,",
            "seg-00002.m4s",
            "#EXT-X-ENDLIST",
        ];
        assert!(lines.ends_with(&end), "{text}");
    }
}
