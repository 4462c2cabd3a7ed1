//! Films damaged in known ways.

/// Fourteen ways to damage a film.
pub fn mutations(film: &[u8]) -> Vec<Vec<u8>> {
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    let length = film.len();
    let mut all: Vec<Vec<u8>> = Vec::new();
    // Cut off.
    for hundredth in [1, 10, 50, 99] {
        all.push(film[..length * hundredth / 100].to_vec());
    }
    // Single wrong bytes: in the headers, at the end where indexes are, everywhere.
    for (start, range, count) in [
        (0, 600, 4),
        (0, 2_000, 20),
        (0, 2_000, 200),
        (length - 4_000, 4_000, 40),
        (0, length, 2_000),
    ] {
        let mut damaged = film.to_vec();
        for _ in 0..count {
            damaged[start + next(range)] = next(256) as u8;
        }
        all.push(damaged);
    }
    // Sizes that promise everything, and pieces missing, doubled and swapped.
    let mut huge = film.to_vec();
    for _ in 0..8 {
        let at = next(1_000);
        huge[at..at + 4].fill(0xFF);
    }
    all.push(huge);
    let mut blank = film.to_vec();
    blank[length / 3..length * 2 / 3].fill(0);
    all.push(blank);
    let mut hole = film.to_vec();
    hole.drain(5_000..9_001);
    all.push(hole);
    let mut doubled = film[..20_000].to_vec();
    doubled.extend_from_slice(film);
    all.push(doubled);
    let mut swapped = film.to_vec();
    swapped.rotate_left(length / 2);
    all.push(swapped);
    all
}
