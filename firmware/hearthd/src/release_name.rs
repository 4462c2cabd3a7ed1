//! `hearthd release-name`: what release names tell, one JSON object a line, for trying the reading
//! out and for scripts. Needs no running box.

use std::{
    ffi::OsString,
    io::{self, BufRead, BufReader, ErrorKind, Read, Write},
};

use anyhow::Context;

/// A name is read no further than 1024 characters; what a longer line has more is passed over
/// without being kept.
const MAX_BYTES: u64 = 4096;

/// Reads `names`, or without any the lines of standard input. Every name has its line in the
/// answer, `{}` where it tells nothing.
pub fn run(names: &[OsString]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let done = if names.is_empty() {
        each_line(BufReader::new(io::stdin().lock()), &mut out)
    } else {
        names
            .iter()
            .try_for_each(|name| tell(name.as_encoded_bytes(), &mut out))
    };
    match done {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.context("reading names and writing what they tell"),
    }
}

fn each_line(mut input: impl BufRead, out: &mut impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if input
            .by_ref()
            .take(MAX_BYTES)
            .read_until(b'\n', &mut line)?
            == 0
        {
            return Ok(());
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        } else {
            input.skip_until(b'\n')?;
        }
        tell(&line, out)?;
    }
}

fn tell(name: &[u8], out: &mut impl Write) -> io::Result<()> {
    let release = hearth_release::parse(&String::from_utf8_lossy(name));
    serde_json::to_writer(&mut *out, &release)?;
    out.write_all(b"\n")?;
    out.flush()
}
