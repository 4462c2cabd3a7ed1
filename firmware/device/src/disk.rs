//! The identifiers of the disk that the box runs from. Every disk written from the same image bears
//! the same ones, and the kernel is told its root by one of them: with an old card still plugged in
//! it could take that one's. So a disk gets identifiers of its own at its first start, while it is
//! in use and wherever the plug is pulled.
//!
//! Meanwhile two read the table at a start. The kernel takes the first copy if its checksums hold,
//! else the second (`gpt` on its command line); GRUB names the root by the first copy's entries and
//! checks nothing. They agree at any moment, because a step changes one entry, which lies in one
//! sector, and writes the whole second copy, then the first one's entries, then its header, each for
//! good before the next. Tools that write partition tables give no such order. The disk's own
//! identifier comes last and says that all is done. The old table of a hybrid disk lies in the sector
//! before and is not touched; it knows no identifiers.

use std::{
    fs::File,
    io::{self, ErrorKind, Seek, SeekFrom},
    os::unix::fs::FileExt,
    path::Path,
};

use uuid::{Builder, Uuid, uuid};

const SECTOR: usize = 512;
/// Of a disk as the image has it; image/stages/disk writes it.
const OF_THE_IMAGE: Uuid = uuid!("5a8b7c1e-3f2d-4e6a-9c0b-484541525448");

// Where the fields of a header lie (UEFI 2.10, 5.3).
const MAGIC: &[u8; 8] = b"EFI PART";
const HEADER_BYTES: usize = 12;
const HEADER_SUM: usize = 16;
const OWN_PLACE: usize = 24;
const OTHER_PLACE: usize = 32;
const LAST_USABLE: usize = 48;
const DISK_ID: usize = 56;
const ENTRIES_PLACE: usize = 72;
const ENTRY_COUNT: usize = 80;
const ENTRY_BYTES: usize = 84;
const ENTRIES_SUM: usize = 88;
const FIRST_PLACE: u64 = 1;
/// Of an entry: its type is all zeros where there is none.
const ENTRY_ID: usize = 16;
/// Far more than any tool makes.
const MOST_BYTES: usize = 256 * 1024;

/// Gives the disk identifiers of its own, unless it has them. Whether it did.
pub fn identify(device: &Path) -> io::Result<bool> {
    let mut disk = File::options().read(true).write(true).open(device)?;
    give(&mut disk, || {
        Builder::from_random_bytes(rand::random()).into_uuid()
    })
}

/// A disk, and in tests one whose plug is pulled.
trait Sectors {
    fn read(&self, place: u64, bytes: &mut [u8]) -> io::Result<()>;
    /// Returns when they are there for good.
    fn write(&mut self, place: u64, bytes: &[u8]) -> io::Result<()>;
    fn last_place(&mut self) -> io::Result<u64>;
}

impl Sectors for File {
    fn read(&self, place: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.read_exact_at(bytes, place * SECTOR as u64)
    }

    fn write(&mut self, place: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, place * SECTOR as u64)?;
        self.sync_all()
    }

    fn last_place(&mut self) -> io::Result<u64> {
        Ok((self.seek(SeekFrom::End(0))? / SECTOR as u64).saturating_sub(1))
    }
}

/// One of the two copies.
struct Table {
    header: [u8; SECTOR],
    entries: Vec<u8>,
}

impl Table {
    /// None where its checksums do not hold.
    fn read(disk: &impl Sectors, place: u64) -> io::Result<Option<Self>> {
        let mut table = Self {
            header: [0; SECTOR],
            entries: Vec::new(),
        };
        disk.read(place, &mut table.header)?;
        let header_bytes = table.small(HEADER_BYTES);
        let entries_bytes = table
            .small(ENTRY_COUNT)
            .saturating_mul(table.small(ENTRY_BYTES));
        if table.header[..8] != *MAGIC
            || !(ENTRIES_SUM + 4..=SECTOR).contains(&header_bytes)
            || table.large(OWN_PLACE) != place
            || table.small(ENTRY_BYTES) < 2 * ENTRY_ID
            || !SECTOR.is_multiple_of(table.small(ENTRY_BYTES))
            || entries_bytes > MOST_BYTES
            || !entries_bytes.is_multiple_of(SECTOR)
        {
            return Ok(None);
        }
        table.entries = vec![0; entries_bytes];
        disk.read(table.large(ENTRIES_PLACE), &mut table.entries)?;
        let told = table.header;
        table.seal();
        Ok((table.header == told).then_some(table))
    }

    fn small(&self, at: usize) -> usize {
        let bytes = self.header[at..at + 4].try_into().expect("four bytes");
        u32::from_le_bytes(bytes) as usize
    }

    fn large(&self, at: usize) -> u64 {
        let bytes = self.header[at..at + 8].try_into().expect("eight bytes");
        u64::from_le_bytes(bytes)
    }

    fn set(&mut self, at: usize, bytes: &[u8]) {
        self.header[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn disk_id(&self) -> Uuid {
        let bytes = self.header[DISK_ID..DISK_ID + 16].try_into();
        Uuid::from_bytes_le(bytes.expect("sixteen bytes"))
    }

    fn seal(&mut self) {
        self.set(ENTRIES_SUM, &sum(&self.entries).to_le_bytes());
        self.set(HEADER_SUM, &[0; 4]);
        let sum = sum(&self.header[..self.small(HEADER_BYTES)]);
        self.set(HEADER_SUM, &sum.to_le_bytes());
    }

    /// The same for the other end of the disk.
    fn other(&self) -> Self {
        let (own, other) = (self.large(OWN_PLACE), self.large(OTHER_PLACE));
        let sectors = (self.entries.len() / SECTOR) as u64;
        let entries = if other == FIRST_PLACE {
            FIRST_PLACE + 1
        } else {
            other.saturating_sub(sectors)
        };
        let mut table = Self {
            header: self.header,
            entries: self.entries.clone(),
        };
        table.set(OWN_PLACE, &other.to_le_bytes());
        table.set(OTHER_PLACE, &own.to_le_bytes());
        table.set(ENTRIES_PLACE, &entries.to_le_bytes());
        table
    }

    fn write(&mut self, disk: &mut impl Sectors) -> io::Result<()> {
        self.seal();
        disk.write(self.large(ENTRIES_PLACE), &self.entries)?;
        disk.write(self.large(OWN_PLACE), &self.header)
    }

    fn write_both(&mut self, disk: &mut impl Sectors) -> io::Result<()> {
        self.other().write(disk)?;
        self.write(disk)
    }
}

fn give(disk: &mut impl Sectors, mut fresh: impl FnMut() -> Uuid) -> io::Result<bool> {
    let last_place = disk.last_place()?;
    let first = Table::read(disk, FIRST_PLACE)?;
    let cut_short = first.is_none();
    let mut table = match first {
        Some(table) => table,
        None => Table::read(disk, last_place)?
            .ok_or_else(|| broken("neither copy of the partition table can be read"))?
            .other(),
    };
    if table.disk_id() != OF_THE_IMAGE {
        return Ok(false);
    }
    let second = table.other();
    // At the end of the disk, where alone the kernel looks for it; systemd-repart has moved it there.
    if second.large(OWN_PLACE) != last_place
        || second.large(ENTRIES_PLACE) <= table.large(LAST_USABLE)
        || table.large(ENTRIES_PLACE) != FIRST_PLACE + 1
    {
        return Err(broken("the partition table is not where it should be"));
    }
    if cut_short {
        // Before the second copy is touched.
        table.write(disk)?;
    }
    let entry_bytes = table.small(ENTRY_BYTES);
    for at in (0..table.entries.len()).step_by(entry_bytes) {
        let entry = &mut table.entries[at..at + entry_bytes];
        if entry[..ENTRY_ID].iter().any(|byte| *byte != 0) {
            entry[ENTRY_ID..2 * ENTRY_ID].copy_from_slice(&fresh().to_bytes_le());
            table.write_both(disk)?;
        }
    }
    table.set(DISK_ID, &fresh().to_bytes_le());
    table.write_both(disk)?;
    Ok(true)
}

fn broken(why: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why)
}

/// CRC-32 as in zip files.
fn sum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const SECTORS: usize = 64;
    /// In two sectors, where tools make room for 128.
    const ENTRIES: usize = 8;
    const PARTITIONS: usize = 6;
    /// The kernel's root.
    const ROOT: usize = 3;

    /// Loses power when as many sectors were written; of the write that is cut, the first ones are
    /// there, or the last ones.
    #[derive(Clone)]
    struct Disk {
        bytes: Vec<u8>,
        left: usize,
        ends_first: bool,
    }

    impl Sectors for Disk {
        fn read(&self, place: u64, bytes: &mut [u8]) -> io::Result<()> {
            let at = place as usize * SECTOR;
            bytes.copy_from_slice(&self.bytes[at..at + bytes.len()]);
            Ok(())
        }

        fn write(&mut self, place: u64, bytes: &[u8]) -> io::Result<()> {
            let at = place as usize * SECTOR;
            let whole = bytes.len() / SECTOR;
            let done = self.left.min(whole);
            self.left -= done;
            let skipped = if self.ends_first { whole - done } else { 0 } * SECTOR;
            let part = skipped..skipped + done * SECTOR;
            self.bytes[at..][part.clone()].copy_from_slice(&bytes[part]);
            if done == whole {
                Ok(())
            } else {
                Err(broken("the plug was pulled"))
            }
        }

        fn last_place(&mut self) -> io::Result<u64> {
            Ok(SECTORS as u64 - 1)
        }
    }

    /// A hybrid disk, as it is written from an image.
    fn written() -> Disk {
        let mut disk = Disk {
            bytes: vec![0; SECTORS * SECTOR],
            left: usize::MAX,
            ends_first: false,
        };
        disk.bytes[..SECTOR].fill(0xab);
        let mut table = Table {
            header: [0; SECTOR],
            entries: vec![0; ENTRIES * 128],
        };
        table.set(0, MAGIC);
        table.set(HEADER_BYTES, &92_u32.to_le_bytes());
        table.set(OWN_PLACE, &FIRST_PLACE.to_le_bytes());
        table.set(OTHER_PLACE, &(SECTORS as u64 - 1).to_le_bytes());
        table.set(LAST_USABLE, &(SECTORS as u64 - 4).to_le_bytes());
        table.set(DISK_ID, &OF_THE_IMAGE.to_bytes_le());
        table.set(ENTRIES_PLACE, &2_u64.to_le_bytes());
        table.set(ENTRY_COUNT, &(ENTRIES as u32).to_le_bytes());
        table.set(ENTRY_BYTES, &128_u32.to_le_bytes());
        for (at, entry) in table.entries.chunks_mut(128).take(PARTITIONS).enumerate() {
            entry.fill(at as u8 + 1);
        }
        table.write_both(&mut disk).unwrap();
        disk
    }

    fn ids(entries: &[u8]) -> Vec<&[u8]> {
        entries
            .chunks(128)
            .take(PARTITIONS)
            .map(|entry| &entry[ENTRY_ID..2 * ENTRY_ID])
            .collect()
    }

    /// As the kernel finds them, which checks.
    fn kernels(disk: &Disk) -> Table {
        let table = Table::read(disk, FIRST_PLACE).unwrap();
        let second = || Table::read(disk, SECTORS as u64 - 1).unwrap();
        table.or_else(second).expect("one copy is whole")
    }

    fn start(disk: &mut Disk, cut: usize, ends_first: bool) -> io::Result<bool> {
        (disk.left, disk.ends_first) = (cut, ends_first);
        let done = give(disk, || {
            Builder::from_random_bytes(rand::random()).into_uuid()
        });
        disk.left = usize::MAX;
        let root = |entries| ids(entries)[ROOT].to_vec();
        assert_eq!(
            root(&kernels(disk).entries),
            root(&disk.bytes[2 * SECTOR..]),
            "GRUB names a root that the kernel does not know"
        );
        done
    }

    fn check_done(disk: &mut Disk) {
        let before = written();
        let (old, new) = (kernels(&before), kernels(disk));
        assert_ne!(new.disk_id(), OF_THE_IMAGE);
        let different: HashSet<_> = ids(&old.entries)
            .into_iter()
            .chain(ids(&new.entries))
            .collect();
        assert_eq!(different.len(), 2 * PARTITIONS);
        let mut same = new.entries.clone();
        for (entry, old) in same.chunks_mut(128).zip(old.entries.chunks(128)) {
            entry[ENTRY_ID..2 * ENTRY_ID].copy_from_slice(&old[ENTRY_ID..2 * ENTRY_ID]);
        }
        assert!(same == old.entries, "only identifiers change");
        let second = Table::read(disk, SECTORS as u64 - 1).unwrap().unwrap();
        assert!(second.entries == new.entries && second.disk_id() == new.disk_id());
        assert!(
            disk.bytes[..SECTOR] == before.bytes[..SECTOR],
            "the old table"
        );
        let usable = 4 * SECTOR..(SECTORS - 3) * SECTOR;
        assert!(disk.bytes[usable.clone()] == before.bytes[usable]);
        let kept = disk.bytes.clone();
        assert!(!start(disk, usize::MAX, false).unwrap(), "once");
        assert!(disk.bytes == kept);
    }

    #[test]
    fn a_new_disk_gets_identifiers_of_its_own_once() {
        let mut disk = written();
        assert!(start(&mut disk, usize::MAX, false).unwrap());
        check_done(&mut disk);
    }

    #[test]
    fn wherever_the_plug_is_pulled_the_next_start_finds_its_root_and_ends_the_work() {
        let all = (PARTITIONS + 1) * 2 * 3;
        for cut in 0..all {
            for ends_first in [false, true] {
                let mut disk = written();
                start(&mut disk, cut, ends_first).unwrap_err();
                for next_cut in (0..all).step_by(4) {
                    let mut again = disk.clone();
                    start(&mut again, next_cut, !ends_first).unwrap_err();
                    assert!(
                        start(&mut again, usize::MAX, false).unwrap(),
                        "cut at {cut}"
                    );
                    check_done(&mut again);
                }
            }
        }
    }

    #[test]
    fn other_disks_and_spoiled_tables_are_left_alone() {
        let mut own = written();
        let mut table = kernels(&own);
        table.set(DISK_ID, &[7; 16]);
        table.write_both(&mut own).unwrap();
        let mut none = written();
        none.bytes[FIRST_PLACE as usize * SECTOR] = 0;
        none.bytes[(SECTORS - 1) * SECTOR] = 0;
        let with_second_at = |place: u64| {
            let mut disk = written();
            let mut table = kernels(&disk);
            table.set(OTHER_PLACE, &place.to_le_bytes());
            table.set(LAST_USABLE, &30_u64.to_le_bytes());
            table.write(&mut disk).unwrap();
            disk
        };
        let beyond = with_second_at(SECTORS as u64 + 9);
        // The disk is larger than its image.
        let amid = with_second_at(SECTORS as u64 - 9);
        for (mut disk, answer) in [
            (own, Some(false)),
            (none, None),
            (beyond, None),
            (amid, None),
        ] {
            let before = disk.bytes.clone();
            let fresh = || unreachable!("nothing is given");
            assert_eq!(give(&mut disk, fresh).ok(), answer);
            assert!(disk.bytes == before);
        }
    }
}
