//! The store's file and its schema. The file name carries the schema (`state-v1.redb`): a new
//! release copies the newest older file, migrates the copy one transaction a step, and renames it
//! into place. The old file stays, so that an older image that comes back opens its own.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use redb::{Database, DatabaseError, WriteTransaction};

use crate::{Error, listing};

pub const CURRENT_SCHEMA: u32 = 2;

/// `STEPS[n]` turns schema n + 1 into n + 2.
type Step = fn(&WriteTransaction) -> Result<(), redb::Error>;
const STEPS: &[Step] = &[listing::list_all];
const _: () = assert!(
    STEPS.len() + 1 == CURRENT_SCHEMA as usize,
    "one step a schema"
);

pub fn file_name(schema: u32) -> String {
    format!("state-v{schema}.redb")
}

/// The file of this release's schema in `folder`, made or migrated if it is not there.
pub fn prepare(folder: &Path) -> Result<PathBuf, Error> {
    prepare_schema(folder, CURRENT_SCHEMA, STEPS)
}

fn prepare_schema(folder: &Path, current: u32, steps: &[Step]) -> Result<PathBuf, Error> {
    let wanted = folder.join(file_name(current));
    if wanted.exists() {
        return Ok(wanted);
    }
    let schemas = existing_schemas(folder)?;
    if let Some(found) = schemas.iter().copied().find(|schema| *schema > current) {
        let path = folder.join(file_name(found));
        return Err(Error::NewerSchema {
            path,
            found,
            known: current,
        });
    }
    match schemas.iter().copied().max() {
        Some(newest) => migrate_copy(
            &folder.join(file_name(newest)),
            &wanted,
            &steps[newest as usize - 1..],
        )?,
        None => make_new(&wanted)?,
    }
    Ok(wanted)
}

fn existing_schemas(folder: &Path) -> Result<Vec<u32>, Error> {
    let at = |cause| Error::file("list", folder, cause);
    let mut schemas = Vec::new();
    for entry in fs::read_dir(folder).map_err(at)? {
        let name = entry.map_err(at)?.file_name();
        let schema: Option<u32> = name.to_str().and_then(|name| {
            name.strip_prefix("state-v")?
                .strip_suffix(".redb")?
                .parse()
                .ok()
        });
        schemas.extend(schema);
    }
    Ok(schemas)
}

fn migrate_copy(from: &Path, to: &Path, steps: &[Step]) -> Result<(), Error> {
    let copy = to.with_extension("migrating");
    let at = |action| {
        let copy = copy.as_path();
        move |cause| Error::file(action, copy, cause)
    };
    fs::copy(from, &copy).map_err(at("copy the older store to"))?;
    let database = open(&copy)?;
    for step in steps {
        let transaction = database
            .begin_write()
            .map_err(redb::Error::from)
            .map_err(Error::at("begin a migration step"))?;
        step(&transaction).map_err(Error::at("migrate the store"))?;
        transaction
            .commit()
            .map_err(redb::Error::from)
            .map_err(Error::at("commit a migration step"))?;
    }
    drop(database);
    put_in_place(&copy, to)
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
    // The rename itself must survive a power cut.
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(at("sync the folder of"))
}

pub fn open(path: &Path) -> Result<Database, Error> {
    Database::create(path).map_err(|cause| match cause {
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
    })
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
        let path = prepare_schema(folder.path(), 2, &[move_rows]).unwrap();
        assert_eq!(path, folder.path().join("state-v2.redb"));
        let database = open(&path).unwrap();
        let table = database.begin_read().unwrap().open_table(NEW).unwrap();
        assert_eq!(table.get("a").unwrap().unwrap().value(), b"1");
        assert_eq!(
            prepare_schema(folder.path(), 1, &[]).unwrap(),
            folder.path().join("state-v1.redb"),
            "the older release opens its own file after a rollback"
        );
    }

    #[test]
    fn a_failed_step_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        version_one(folder.path());
        let before = fs::read(folder.path().join("state-v1.redb")).unwrap();
        assert!(prepare_schema(folder.path(), 3, &[move_rows, fail]).is_err());
        assert!(!folder.path().join("state-v3.redb").exists());
        assert_eq!(
            fs::read(folder.path().join("state-v1.redb")).unwrap(),
            before
        );
        // And the next try, with a working step, is not in the way of the first.
        assert!(prepare_schema(folder.path(), 3, &[move_rows, |_| Ok(())]).is_ok());
    }

    #[test]
    fn abuse_27_a_first_start_that_was_cut_is_begun_again() {
        let folder = tempfile::tempdir().unwrap();
        // As redb leaves it before it has written who it is.
        fs::write(folder.path().join("state-v1.making"), vec![0; 8192]).unwrap();
        let path = prepare_schema(folder.path(), 1, &[]).unwrap();
        assert!(open(&path).is_ok());
        assert!(!folder.path().join("state-v1.making").exists());
    }

    #[test]
    fn a_newer_store_alone_is_refused_and_untouched() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("state-v9.redb"), "later").unwrap();
        let refused = prepare_schema(folder.path(), 1, &[]);
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
