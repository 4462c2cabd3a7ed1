//! Whether a file fits, and which idle torrents go for it.

use librqbit_core::Id20;

use crate::{Error, Result, folder::Stored};

pub(crate) struct Request<'a> {
    pub id: Id20,
    pub name: &'a str,
    /// What is still to be fetched of the wanted file.
    pub needed_bytes: u64,
    /// What open torrents have yet to fetch.
    pub promised_bytes: u64,
    pub open: &'a [Id20],
}

#[expect(clippy::struct_field_names, reason = "the unit belongs to each name")]
pub(crate) struct Limits {
    pub quota_bytes: u64,
    pub min_free_bytes: u64,
    pub free_bytes: u64,
}

/// Names the torrents to remove, longest unwatched first; none when that would not be enough.
pub(crate) fn make_room(
    mut stored: Vec<Stored>,
    request: &Request<'_>,
    limits: &Limits,
) -> Result<Vec<Id20>> {
    let coming = request.needed_bytes.saturating_add(request.promised_bytes);
    let mut used: u64 = stored.iter().map(|torrent| torrent.bytes).sum();
    let mut free = limits.free_bytes;
    stored.retain(|torrent| torrent.id != request.id && !request.open.contains(&torrent.id));
    stored.sort_by_key(|torrent| torrent.last_watched);

    let mut leaving = Vec::new();
    let mut candidates = stored.into_iter();
    loop {
        let over_quota = used.saturating_add(coming) > limits.quota_bytes;
        let over_disk = coming.saturating_add(limits.min_free_bytes) > free;
        if !over_quota && !over_disk {
            return Ok(leaving);
        }
        if let Some(torrent) = candidates.next() {
            used -= torrent.bytes;
            free += torrent.bytes;
            leaving.push(torrent.id);
        } else if over_disk {
            return Err(Error::DiskFull {
                name: request.name.to_owned(),
                needed_bytes: request.needed_bytes,
                free_bytes: free
                    .saturating_sub(request.promised_bytes)
                    .saturating_sub(limits.min_free_bytes),
            });
        } else {
            return Err(Error::QuotaFull {
                name: request.name.to_owned(),
                needed_bytes: request.needed_bytes,
                quota_bytes: limits.quota_bytes,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn id(number: u8) -> Id20 {
        Id20::new([number; 20])
    }

    fn stored(number: u8, bytes: u64, age: u64) -> Stored {
        Stored {
            id: id(number),
            bytes,
            last_watched: SystemTime::UNIX_EPOCH + Duration::from_secs(1000 - age),
        }
    }

    fn plan(needed_bytes: u64, limits: &Limits) -> Result<Vec<Id20>> {
        let request = Request {
            id: id(9),
            name: "film",
            needed_bytes,
            promised_bytes: 10,
            open: &[id(1)],
        };
        let there = vec![stored(3, 30, 1), stored(1, 20, 99), stored(2, 20, 50)];
        make_room(there, &request, limits)
    }

    #[test]
    fn removes_the_longest_unwatched_but_never_an_open_one() {
        let limits = Limits {
            quota_bytes: 100,
            min_free_bytes: 5,
            free_bytes: 1000,
        };
        assert_eq!(plan(20, &limits).unwrap(), []);
        assert_eq!(plan(21, &limits).unwrap(), [id(2)]);
        assert_eq!(plan(70, &limits).unwrap(), [id(2), id(3)]);
        let error = plan(71, &limits).unwrap_err();
        assert!(matches!(
            error,
            Error::QuotaFull {
                quota_bytes: 100,
                ..
            }
        ));
    }

    #[test]
    fn keeps_the_disk_from_filling_up() {
        let limits = Limits {
            quota_bytes: u64::MAX,
            min_free_bytes: 5,
            free_bytes: 25,
        };
        assert_eq!(plan(10, &limits).unwrap(), []);
        assert_eq!(plan(11, &limits).unwrap(), [id(2)]);
        let error = plan(u64::MAX, &limits).unwrap_err();
        let Error::DiskFull { free_bytes, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(free_bytes, 25 + 20 + 30 - 10 - 5);
    }
}
