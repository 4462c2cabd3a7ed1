//! The store's file and its schema. The file name carries the schema (`state-v1.redb`): a new
//! release copies the newest older file, migrates the copy one transaction a step, and renames it
//! into place. The old file stays, so that an older image that comes back opens its own. When that
//! image was used and the newer one comes again, the newer file lacks what happened since: it is laid
//! aside, and the older one is migrated anew. What the household saw last wins.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use redb::{Database, DatabaseError, WriteTransaction};

use crate::{
    Error, listing,
    openings::{self, Openings},
};

pub const CURRENT_SCHEMA: u32 = 2;

/// `STEPS[n]` turns schema n + 1 into n + 2.
pub type Step = fn(&WriteTransaction) -> Result<(), redb::Error>;
pub const STEPS: &[Step] = &[listing::list_all];
const _: () = assert!(
    STEPS.len() + 1 == CURRENT_SCHEMA as usize,
    "one step a schema"
);

/// So many stores that were laid aside stay.
const MOST_ASIDE: usize = 3;

/// How the copy ends that is being migrated.
const COPY: &str = "migrating";

pub fn file_name(schema: u32) -> String {
    format!("state-v{schema}.redb")
}

/// The schema of the release that knows these steps.
pub fn schema_after(steps: &[Step]) -> u32 {
    steps.len() as u32 + 1
}

/// The file of these steps' schema in `folder`, made or migrated if it is not there.
pub fn prepare(folder: &Path, steps: &[Step]) -> Result<PathBuf, Error> {
    let current = schema_after(steps);
    let wanted = folder.join(file_name(current));
    remove_copies(folder);
    if wanted.exists() {
        return Ok(wanted);
    }
    let found = existing_schemas(folder)?.first().copied();
    if let Some(found) = found.filter(|found| *found > current) {
        let path = folder.join(file_name(found));
        return Err(Error::NewerSchema {
            path,
            found,
            known: current,
        });
    }
    match last_used(folder, &older_schemas(folder, current)?)? {
        Some(schema) => migrate_copy(folder, schema, steps)?,
        None => make_new(&wanted)?,
    }
    Ok(wanted)
}

/// Whether an older store was used since the one that is open was made of it.
pub fn is_left_behind(folder: &Path, steps: &[Step], open: &Database) -> Result<bool, Error> {
    let older = older_schemas(folder, schema_after(steps))?;
    let known = Openings::of(open).map_err(Error::at("read how often stores were opened"))?;
    is_behind(folder, &known, &older)
}

/// Lays the store aside that was left behind, and migrates the one that was used last.
pub fn migrate_anew(folder: &Path, steps: &[Step]) -> Result<(), Error> {
    let older = older_schemas(folder, schema_after(steps))?;
    match last_used(folder, &older)? {
        Some(schema) => migrate_copy(folder, schema, steps),
        None => Ok(()),
    }
}

/// Of older stores, newest first, the one that none before it has left behind.
fn last_used(folder: &Path, older: &[u32]) -> Result<Option<u32>, Error> {
    let Some((newest, before)) = older.split_first() else {
        return Ok(None);
    };
    match Openings::in_file(&folder.join(file_name(*newest))) {
        Ok(known) if is_behind(folder, &known, before)? => last_used(folder, before),
        // Why a store cannot be read is said when it is migrated.
        _ => Ok(Some(*newest)),
    }
}

fn is_behind(folder: &Path, known: &Openings, older: &[u32]) -> Result<bool, Error> {
    for schema in older {
        let name = file_name(*schema);
        match Openings::in_file(&folder.join(&name)) {
            Ok(other) if known.lack(&name, &other) => return Ok(true),
            Ok(_) => {}
            Err(refused @ Error::InUse { .. }) => return Err(refused),
            // A damaged file that nothing needs is in nobody's way.
            Err(cause) => tracing::warn!("an older store is not looked at: {cause}"),
        }
    }
    Ok(false)
}

fn older_schemas(folder: &Path, current: u32) -> Result<Vec<u32>, Error> {
    let mut schemas = existing_schemas(folder)?;
    schemas.retain(|schema| *schema < current);
    Ok(schemas)
}

/// Newest first.
fn existing_schemas(folder: &Path) -> Result<Vec<u32>, Error> {
    let mut schemas: Vec<u32> = store_names(folder)?
        .iter()
        .filter_map(|name| name.parse().ok())
        .collect();
    schemas.sort_unstable_by(|one, other| other.cmp(one));
    Ok(schemas)
}

/// What was laid aside: number and file, oldest first.
fn laid_aside(folder: &Path) -> Result<Vec<(u32, PathBuf)>, Error> {
    let mut aside: Vec<(u32, PathBuf)> = store_names(folder)?
        .iter()
        .filter_map(|name| {
            let (_, number) = name.split_once(".aside-")?;
            let path = folder.join(format!("state-v{name}.redb"));
            Some((number.parse().ok()?, path))
        })
        .collect();
    aside.sort_unstable();
    Ok(aside)
}

/// What a migration left that the plug or a full disk ended, of this release or of a newer one: it may
/// have taken the last room of the disk.
fn remove_copies(folder: &Path) {
    // That the folder cannot be read is said by who reads the stores.
    for path in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = path.path();
        if path.extension().is_some_and(|extension| extension == COPY)
            && let Err(cause) = fs::remove_file(&path)
        {
            tracing::warn!(path = %path.display(), %cause, "what a migration left stays");
        }
    }
}

/// The part of each store's name that tells it from others: `2`, `2.aside-1`.
fn store_names(folder: &Path) -> Result<Vec<String>, Error> {
    let at = |cause| Error::file("list", folder, cause);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(at)? {
        let name = entry.map_err(at)?.file_name();
        let between = name
            .to_str()
            .and_then(|name| name.strip_prefix("state-v")?.strip_suffix(".redb"));
        names.extend(between.map(str::to_owned));
    }
    Ok(names)
}

fn migrate_copy(folder: &Path, from: u32, steps: &[Step]) -> Result<(), Error> {
    migrate_in(folder, from, steps).inspect_err(|_| remove_copies(folder))
}

fn migrate_in(folder: &Path, from: u32, steps: &[Step]) -> Result<(), Error> {
    let current = schema_after(steps);
    let wanted = folder.join(file_name(current));
    let source = folder.join(file_name(from));
    let copy = wanted.with_extension(COPY);
    fs::copy(&source, &copy)
        .map_err(|cause| Error::file("copy the older store to", &copy, cause))?;
    let database = open(&copy)?;
    let copied = Openings::of(&database).map_err(Error::at("read how often stores were opened"))?;
    for step in &steps[from as usize - 1..] {
        take_step(&database, step)?;
    }
    let mut known = vec![(file_name(from), copied.itself())];
    for schema in older_schemas(folder, current)? {
        let name = file_name(schema);
        if schema != from
            && let Ok(other) = Openings::in_file(&folder.join(&name))
        {
            known.push((name, other.itself()));
        }
    }
    let is_left_behind = wanted.exists();
    if is_left_behind {
        // Its name never has a count twice: a newer store may know it.
        let left = Openings::in_file(&wanted)?.itself();
        known.push((openings::ITSELF.into(), left.max(copied.itself())));
    }
    take_step(&database, |transaction| {
        known
            .iter()
            .try_for_each(|(name, count)| openings::note(transaction, name, *count))
    })?;
    drop(database);
    if is_left_behind {
        let aside = lay_aside(folder, &wanted)?;
        tracing::warn!(
            from = %source.display(),
            aside = %aside.display(),
            "an earlier version was used since this one last ran: its history is taken over, and \
             what this one kept before that is laid aside"
        );
    }
    put_in_place(&copy, &wanted)?;
    remove_oldest_aside(folder);
    Ok(())
}

fn take_step(
    database: &Database,
    step: impl Fn(&WriteTransaction) -> Result<(), redb::Error>,
) -> Result<(), Error> {
    let transaction = database
        .begin_write()
        .map_err(redb::Error::from)
        .map_err(Error::at("begin a migration step"))?;
    step(&transaction).map_err(Error::at("migrate the store"))?;
    transaction
        .commit()
        .map_err(redb::Error::from)
        .map_err(Error::at("commit a migration step"))
}

fn lay_aside(folder: &Path, path: &Path) -> Result<PathBuf, Error> {
    let number = laid_aside(folder)?
        .last()
        .map_or(1, |(number, _)| number + 1);
    let aside = path.with_extension(format!("aside-{number}.redb"));
    fs::rename(path, &aside).map_err(|cause| Error::file("lay aside", path, cause))?;
    // Before another takes its name.
    sync_folder(&aside)?;
    Ok(aside)
}

fn remove_oldest_aside(folder: &Path) {
    let Ok(aside) = laid_aside(folder) else {
        return;
    };
    for (_, path) in aside.iter().rev().skip(MOST_ASIDE) {
        if let Err(cause) = fs::remove_file(path) {
            tracing::warn!(path = %path.display(), %cause, "an old store stays");
        }
    }
}

/// redb writes the first pages of a new file one after another. A power cut among them leaves a file
/// that is no store, so a store is made aside.
fn make_new(path: &Path) -> Result<(), Error> {
    let making = path.with_extension("making");
    match fs::remove_file(&making) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            return Err(Error::file("remove what a cut start left", &making, cause));
        }
        _ => {}
    }
    drop(open(&making)?);
    put_in_place(&making, path)
}

fn put_in_place(ready: &Path, path: &Path) -> Result<(), Error> {
    let at = |action| move |cause| Error::file(action, ready, cause);
    fs::File::open(ready)
        .and_then(|file| file.sync_all())
        .map_err(at("sync"))?;
    fs::rename(ready, path).map_err(at("rename"))?;
    sync_folder(path)
}

/// A rename itself must survive a power cut.
fn sync_folder(of: &Path) -> Result<(), Error> {
    let folder = of.parent().unwrap_or(Path::new("."));
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|cause| Error::file("sync the folder of", of, cause))
}

pub fn open(path: &Path) -> Result<Database, Error> {
    Database::create(path).map_err(|cause| not_opened(path, cause))
}

/// Why a file did not open.
pub fn not_opened(path: &Path, cause: DatabaseError) -> Error {
    match cause {
        DatabaseError::DatabaseAlreadyOpen => Error::InUse {
            path: path.to_owned(),
        },
        // These two mean that the file is no store.
        DatabaseError::Storage(redb::StorageError::Io(cause))
            if !matches!(
                cause.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            ) =>
        {
            Error::file("open", path, cause)
        }
        other => Error::Damaged {
            path: path.to_owned(),
            cause: Box::new(other.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use redb::{ReadableDatabase, ReadableTable, TableDefinition};

    use super::*;

    const OLD: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("old");
    const NEW: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("new");

    fn move_rows(transaction: &WriteTransaction) -> Result<(), redb::Error> {
        let old = transaction.open_table(OLD)?;
        let mut new = transaction.open_table(NEW)?;
        for row in old.iter()? {
            let (key, value) = row?;
            new.insert(key.value(), value.value())?;
        }
        Ok(())
    }

    fn fail(_: &WriteTransaction) -> Result<(), redb::Error> {
        Err(redb::Error::Corrupted("on purpose".into()))
    }

    fn version_one(folder: &Path) {
        let database = open(&folder.join(file_name(1))).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction
            .open_table(OLD)
            .unwrap()
            .insert("a", b"1".as_slice())
            .unwrap();
        transaction.commit().unwrap();
    }

    #[test]
    fn an_older_store_is_copied_and_migrated_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        version_one(folder.path());
        let path = prepare(folder.path(), &[move_rows]).unwrap();
        assert_eq!(path, folder.path().join("state-v2.redb"));
        let database = open(&path).unwrap();
        let table = database.begin_read().unwrap().open_table(NEW).unwrap();
        assert_eq!(table.get("a").unwrap().unwrap().value(), b"1");
        assert_eq!(
            prepare(folder.path(), &[]).unwrap(),
            folder.path().join("state-v1.redb"),
            "the older release opens its own file after a rollback"
        );
    }

    #[test]
    fn a_failed_step_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        version_one(folder.path());
        let before = fs::read(folder.path().join("state-v1.redb")).unwrap();
        assert!(prepare(folder.path(), &[move_rows, fail]).is_err());
        assert!(!folder.path().join("state-v3.redb").exists());
        assert!(!folder.path().join("state-v3.migrating").exists());
        assert_eq!(
            fs::read(folder.path().join("state-v1.redb")).unwrap(),
            before
        );
        // And the next try, with a working step, is not in the way of the first.
        assert!(prepare(folder.path(), &[move_rows, |_| Ok(())]).is_ok());
    }

    #[test]
    fn abuse_27_a_first_start_that_was_cut_is_begun_again() {
        let folder = tempfile::tempdir().unwrap();
        // As redb leaves it before it has written who it is.
        fs::write(folder.path().join("state-v1.making"), vec![0; 8192]).unwrap();
        let path = prepare(folder.path(), &[]).unwrap();
        assert!(open(&path).is_ok());
        assert!(!folder.path().join("state-v1.making").exists());
    }

    #[test]
    fn abuse_31_what_a_newer_release_had_no_room_for_is_removed_by_the_older_one() {
        let folder = tempfile::tempdir().unwrap();
        version_one(folder.path());
        let cut = folder.path().join("state-v2.migrating");
        fs::write(&cut, vec![0; 8192]).unwrap();
        assert!(prepare(folder.path(), &[]).is_ok());
        assert!(!cut.exists());
        assert!(folder.path().join("state-v1.redb").exists());
    }

    #[test]
    fn a_newer_store_alone_is_refused_and_untouched() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("state-v9.redb"), "later").unwrap();
        let refused = prepare(folder.path(), &[]);
        assert!(matches!(
            refused,
            Err(Error::NewerSchema {
                found: 9,
                known: 1,
                ..
            })
        ));
        assert_eq!(
            fs::read(folder.path().join("state-v9.redb")).unwrap(),
            b"later"
        );
    }
}

#[cfg(test)]
#[path = "back_tests.rs"]
mod back_tests;
