//! Which version may follow which. Versions are semantic ones; what stands after `+` names a build
//! and orders nothing.

use semver::{BuildMetadata, Version};

use crate::Refusal;

pub fn read(text: &str) -> Result<Version, Refusal> {
    let mut version: Version = text.parse().map_err(|_| Refusal::VersionUnreadable)?;
    version.build = BuildMetadata::EMPTY;
    Ok(version)
}

/// Only newer ones follow: a signature says who made an old version, not that it should come back.
pub fn follows(next: &str, running: &str) -> Result<(), Refusal> {
    let (next, running) = (read(next)?, read(running)?);
    match next.cmp(&running) {
        std::cmp::Ordering::Greater => Ok(()),
        std::cmp::Ordering::Equal => Err(Refusal::Same),
        std::cmp::Ordering::Less => Err(Refusal::Older),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_is_by_number_and_not_by_letter() {
        assert_eq!(follows("0.10.0", "0.9.0"), Ok(()));
        assert_eq!(follows("1.0.0", "1.0.0-rc.1"), Ok(()));
        assert_eq!(follows("1.0.0-rc.1", "1.0.0"), Err(Refusal::Older));
        assert_eq!(follows("1.0.0+b", "1.0.0+a"), Err(Refusal::Same));
        assert_eq!(
            follows("1.0.0", "yesterday"),
            Err(Refusal::VersionUnreadable)
        );
    }
}
