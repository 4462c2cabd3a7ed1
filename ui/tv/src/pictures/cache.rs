//! Pictures kept within a bound of bytes: what was shown longest ago goes first.

use std::collections::HashMap;

use slint::Image;

use super::{Cut, Wish};

#[derive(Debug)]
struct Kept {
    image: Image,
    bytes: usize,
    used: u64,
}

#[derive(Debug)]
pub struct Cache {
    kept: HashMap<Wish, Kept>,
    bytes: usize,
    limit_bytes: usize,
    uses: u64,
}

/// Four bytes a pixel.
pub fn bytes_of(cut: Cut) -> usize {
    cut.width as usize * cut.height as usize * 4
}

impl Cache {
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            kept: HashMap::new(),
            bytes: 0,
            limit_bytes,
            uses: 0,
        }
    }

    pub fn limit_bytes(&self) -> usize {
        self.limit_bytes
    }

    pub fn get(&mut self, wish: &Wish) -> Option<Image> {
        self.uses += 1;
        let kept = self.kept.get_mut(wish)?;
        kept.used = self.uses;
        Some(kept.image.clone())
    }

    /// The same picture cut for another place.
    pub fn alike(&self, wish: &Wish) -> Option<Image> {
        let same = |other: &&Wish| {
            other.address == wish.address
                && std::mem::discriminant(&other.cut.shape)
                    == std::mem::discriminant(&wish.cut.shape)
        };
        let other = self
            .kept
            .keys()
            .filter(same)
            .max_by_key(|other| other.cut.width)?;
        Some(self.kept[other].image.clone())
    }

    /// One that alone is larger than the bound is not kept.
    pub fn put(&mut self, wish: Wish, image: Image) {
        let bytes = bytes_of(wish.cut);
        if bytes > self.limit_bytes {
            return;
        }
        self.uses += 1;
        let used = self.uses;
        if let Some(before) = self.kept.insert(wish, Kept { image, bytes, used }) {
            self.bytes -= before.bytes;
        }
        self.bytes += bytes;
        while self.bytes > self.limit_bytes {
            let oldest = self.kept.iter().min_by_key(|(_, kept)| kept.used);
            let oldest = oldest.expect("what has bytes is kept").0.clone();
            if let Some(gone) = self.kept.remove(&oldest) {
                self.bytes -= gone.bytes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Cut, Shape},
        *,
    };

    fn wish(name: &str, width: u32) -> Wish {
        let cut = Cut {
            width,
            height: 10,
            shape: Shape::Poster { radius: 1 },
        };
        Wish::new(&format!("/api/v1/pictures/{name}"), cut).unwrap()
    }

    #[test]
    fn the_bound_holds_and_what_is_looked_at_stays() {
        let mut cache = Cache::new(10_000);
        for number in 0..500 {
            cache.put(
                wish(&number.to_string(), 10 + number % 40),
                Image::default(),
            );
            assert!(
                cache.get(&wish("0", 10)).is_some(),
                "looked at all the time"
            );
            let all: usize = cache.kept.keys().map(|wish| bytes_of(wish.cut)).sum();
            assert_eq!(all, cache.bytes);
            assert!(all <= 10_000);
        }
        assert!(cache.get(&wish("1", 11)).is_none());
        cache.put(wish("vast", 1_000), Image::default());
        assert!(cache.get(&wish("vast", 1_000)).is_none());
        assert!(
            cache.get(&wish("0", 10)).is_some(),
            "nothing made room for it"
        );
        cache.put(wish("0", 10), Image::default());
        let all: usize = cache.kept.keys().map(|wish| bytes_of(wish.cut)).sum();
        assert_eq!(
            all, cache.bytes,
            "the same picture anew takes its own place"
        );
    }

    #[test]
    fn another_cut_of_a_picture_serves_for_the_moment() {
        let mut cache = Cache::new(10_000);
        cache.put(wish("a", 20), Image::default());
        assert!(cache.get(&wish("a", 30)).is_none());
        assert!(cache.alike(&wish("a", 30)).is_some());
        assert!(cache.alike(&wish("b", 30)).is_none());
    }
}
