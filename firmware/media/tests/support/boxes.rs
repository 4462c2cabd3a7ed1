//! The boxes of an MP4 file (ISO/IEC 14496-12).

/// A box: its name, and what is in it.
pub type Named<'a> = (&'a [u8], &'a [u8]);

pub fn number(data: &[u8], at: usize) -> u64 {
    u64::from(u32::from_be_bytes(data[at..at + 4].try_into().unwrap()))
}

/// The boxes that lie side by side in these bytes.
pub fn boxes(mut data: &[u8]) -> Vec<Named<'_>> {
    let mut all = Vec::new();
    while !data.is_empty() {
        let (this, rest) = data.split_at(number(data, 0) as usize);
        all.push((&this[4..8], &this[8..]));
        data = rest;
    }
    all
}

/// What is in the first box of this name in these bytes, which are boxes.
pub fn first<'a>(data: &'a [u8], path: &[&str]) -> &'a [u8] {
    path.iter().fold(data, |data, name| {
        let found = boxes(data).into_iter().find(|(n, _)| *n == name.as_bytes());
        found.unwrap_or_else(|| panic!("no {name}")).1
    })
}

/// Each fragment's tracks and their decode times.
pub fn decode_times(data: &[u8]) -> Vec<Vec<(u64, u64)>> {
    boxes(data)
        .into_iter()
        .filter(|(name, _)| *name == b"moof")
        .map(|(_, moof)| {
            boxes(moof)
                .into_iter()
                .filter(|(name, _)| *name == b"traf")
                .map(|(_, traf)| {
                    let (track, time) = (first(traf, &["tfhd"]), first(traf, &["tfdt"]));
                    // Version 1 has 64 bits.
                    let time = time[4..]
                        .iter()
                        .fold(0, |time, byte| time << 8 | u64::from(*byte));
                    (number(track, 4), time)
                })
                .collect()
        })
        .collect()
}
