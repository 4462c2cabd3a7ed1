//! What the owner leaves on the boot partition.

use std::{os::unix::fs::PermissionsExt, process::Command};

use crate::root::Root;

const WIFI: &str = "data/NetworkManager/system-connections/hearth-wifi.nmconnection";
const RESULT: &str = "boot/efi/hearth-result.txt";

/// The connection that wifi.txt gives, or what it is told instead.
fn wifi(text: impl AsRef<[u8]>) -> Result<String, String> {
    let root = Root::new();
    root.write("boot/efi/wifi.txt", text);
    root.done(&["owner"]);
    assert!(
        root.read("boot/efi/wifi.txt").is_none(),
        "a password does not stay there"
    );
    let result = root.read(RESULT).unwrap();
    let Some(connection) = root.read(WIFI) else {
        return Err(result);
    };
    let mode = std::fs::metadata(root.path(WIFI))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(
        mode & 0o777,
        0o600,
        "NetworkManager reads no file that others can"
    );
    Ok(connection)
}

/// The value of a key in NetworkManager's file.
fn value<'a>(connection: &'a str, key: &str) -> Option<&'a str> {
    connection
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
}

#[test]
fn wifi_is_read_as_every_editor_writes_it() {
    let connection = wifi("ssid=Home\npassword=correct horse\n").unwrap();
    assert_eq!(value(&connection, "ssid"), Some("72;111;109;101;"));
    assert_eq!(value(&connection, "psk"), Some("correct horse"));
    assert_eq!(value(&connection, "hidden"), None);

    let connection =
        wifi("\u{feff}SSID = Дом\r\nPassword=пароль на две строки\r\nhidden=yes\r\n").unwrap();
    assert_eq!(value(&connection, "ssid"), Some("208;148;208;190;208;188;"));
    assert_eq!(value(&connection, "psk"), Some("пароль на две строки"));
    assert_eq!(value(&connection, "hidden"), Some("true"));

    let open = wifi("ssid=Cafe").unwrap();
    assert!(!open.contains("[wifi-security]"), "{open}");
}

#[test]
fn no_letter_of_a_name_or_password_is_more_than_a_letter() {
    let connection = wifi("ssid=$(reboot);[x]\npassword=a\\sb\"`id`$HOME'\n").unwrap();
    let bytes: Vec<String> = "$(reboot);[x]"
        .bytes()
        .map(|byte| format!("{byte};"))
        .collect();
    assert_eq!(value(&connection, "ssid"), Some(bytes.concat().as_str()));
    assert_eq!(value(&connection, "psk"), Some("a\\\\sb\"`id`$HOME'"));
}

#[test]
fn a_wrong_wifi_file_is_told_what_is_wrong() {
    for (text, told) in [
        ("", "ssid=NAME"),
        ("password=12345678\n", "ssid=NAME"),
        ("ssid=0123456789012345678901234567890123\n", "1 to 32 bytes"),
        ("ssid=Home\npassword=short\n", "8 to 63"),
        ("ssid=Home\ncountry=Germany\n", "two letters"),
    ] {
        let said = wifi(text).unwrap_err();
        assert!(said.contains(told), "{text:?}: {said}");
    }
    assert!(wifi([0xff, 0xfe, 0x00, 0x41]).is_err(), "not a text at all");
}

#[test]
fn ssh_is_on_only_by_a_key_and_off_by_an_empty_file() {
    let root = Root::new();
    let keys = "data/ssh/authorized_keys";
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(root.path("key"))
        .status();
    assert!(
        made.expect("ssh-keygen is there: run `make setup-test`")
            .success()
    );
    let key = root.read("key.pub").unwrap();

    root.write("boot/efi/ssh-key.pub", "no key at all\n");
    root.done(&["owner"]);
    assert!(root.read(keys).is_none());
    assert!(root.read(RESULT).unwrap().contains("no public key"));
    assert!(root.read("boot/efi/ssh-key.pub").is_none());

    root.write(
        "boot/efi/ssh-key.pub",
        format!("# mine\r\n{}\r\n", key.trim()),
    );
    root.done(&["owner"]);
    assert_eq!(root.read(keys).unwrap().trim(), key.trim());

    // The private half by mistake is no key either, and changes nothing.
    root.write("boot/efi/ssh-key.pub", root.read("key").unwrap());
    root.done(&["owner"]);
    assert_eq!(root.read(keys).unwrap().trim(), key.trim());

    root.write("boot/efi/ssh-key.pub", "\n");
    root.done(&["owner"]);
    assert!(root.read(keys).is_none());
}
