use super::*;

fn name(text: &str) -> ServerName<'static> {
    ServerName::try_from(text.to_owned()).unwrap()
}

#[test]
fn it_vouches_for_a_home_and_for_nothing_else() {
    let hosts = ["media.example.org", "", "*", "кухня"].map(str::to_owned);
    let (authority, _) = Authority::make(&hosts).unwrap();
    let trial = KeyPair::generate().unwrap();
    for own in [
        "hearth.local",
        "hearth-2.local",
        "localhost",
        "media.example.org",
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.5",
        "169.254.7.7",
        "127.0.0.1",
        "fd12::1",
        "fe80::1",
        "::1",
    ] {
        assert!(authority.may_vouch_for(&name(own), &trial), "{own}");
    }
    for foreign in [
        "example.org",
        "bank.example",
        "hearth.local.evil.example",
        "notlocal",
        "9.9.9.9",
        "172.32.0.1",
        "192.169.0.1",
        "2001:db8::1",
        "::2",
        "::ffff:9.9.9.9",
    ] {
        assert!(
            !authority.may_vouch_for(&name(foreign), &trial),
            "{foreign}"
        );
    }
    let mixed = authority
        .sign(&[name("hearth.local"), name("example.org")], &trial, 0)
        .unwrap();
    assert!(
        !authority.is_taken(&mixed, DAY_S),
        "one foreign name is one too many"
    );
}

#[test]
fn it_is_the_same_one_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let tls = folder.path().join("tls");
    let made = Authority::open(&tls, &[]).unwrap();
    let file = fs::read(tls.join(FILE)).unwrap();
    let opened = Authority::open(&tls, &["later.example.org".into()]).unwrap();
    assert_eq!(opened.root(), made.root());
    assert_eq!(fs::read(tls.join(FILE)).unwrap(), file);
    let trial = KeyPair::generate().unwrap();
    let signed = opened.sign(&[name("hearth.local")], &trial, 0).unwrap();
    assert!(made.is_taken(&signed, 0), "whoever trusted it still does");
}

#[test]
fn what_is_damaged_is_laid_aside_and_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let (_, whole) = Authority::make(&[]).unwrap();
    let (_, other) = Authority::make(&[]).unwrap();
    let at = whole.find("-----BEGIN PRIVATE KEY").unwrap();
    let other_at = other.find("-----BEGIN PRIVATE KEY").unwrap();
    let root_at = whole.rfind("-----BEGIN CERTIFICATE").unwrap();
    let other_root_at = other.rfind("-----BEGIN CERTIFICATE").unwrap();
    let damaged = [
        String::new(),
        "garbage".into(),
        whole[..at].to_owned(),
        whole[at..].to_owned(),
        whole[..at + 60].to_owned(),
        whole[40..].to_owned(),
        format!("{}{}", &whole[..at], &other[other_at..]),
        format!("{}{}", &whole[..root_at], &other[other_root_at..]),
        whole[root_at..].to_owned(),
        whole.replace('M', "N"),
    ];
    for text in damaged {
        fs::write(&path, &text).unwrap();
        assert!(Authority::read(text.as_bytes()).is_err(), "{text}");
        let made = Authority::open(folder.path(), &[]).unwrap();
        assert_eq!(
            fs::read_to_string(path.with_extension("damaged")).unwrap(),
            text
        );
        let again = Authority::open(folder.path(), &[]).unwrap();
        assert_eq!(again.root(), made.root());
    }
}

#[test]
fn what_cannot_be_read_or_written_is_said_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(FILE)).unwrap();
    let refused = Authority::open(folder.path(), &[]).unwrap_err().to_string();
    assert!(
        refused.contains("read") && refused.contains(FILE),
        "{refused}"
    );
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(Authority::open(&file, &[]).is_err());
}
