//! Small things kept by name: the box's identity, its secrets, what people changed on screen.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Store, rows, tables};

impl Store {
    pub fn setting<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        let bytes = self.read("read a setting", |transaction| {
            let table = transaction.open_table(tables::SETTINGS)?;
            Ok(table.get(name)?.map(|value| value.value().to_vec()))
        })?;
        bytes
            .map(|bytes| rows::decode("settings", &bytes))
            .transpose()
    }

    pub fn set_setting<T: Serialize>(&self, name: &str, value: &T) -> Result<(), Error> {
        let bytes = rows::encode(value);
        self.write("write a setting", |transaction| {
            transaction
                .open_table(tables::SETTINGS)?
                .insert(name, bytes.as_slice())?;
            Ok(())
        })
    }

    /// The setting, or `make()` kept under its name from now on.
    pub fn setting_or<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        make: impl FnOnce() -> T,
    ) -> Result<T, Error> {
        if let Some(value) = self.setting(name)? {
            return Ok(value);
        }
        let value = make();
        self.set_setting(name, &value)?;
        Ok(value)
    }
}
