//! Folders of every kind, read from a real disk.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use hearth_catalog::{
    DiskPicture, Folder, LIMITS, Limits, Problem, Scan, ScanMemory, TESTCARD_KEY, removable_mounts,
    scan, scan_again,
};
use hearth_model::{
    Episode, EpisodeFacts, EpisodeId, Language, Location, Names, SourceKind, TitleId, TitleKind,
};
use tempfile::TempDir;

fn lay(root: &Path, paths: &[&str]) {
    for path in paths {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("below the root")).expect("make a folder");
        fs::write(path, b"video").expect("write a file");
    }
}

fn folder_with(paths: &[&str]) -> TempDir {
    let folder = TempDir::new().expect("make a temporary folder");
    lay(folder.path(), paths);
    folder
}

fn read(folder: &TempDir) -> Scan {
    scan(&[Folder::configured(folder.path())], LIMITS)
}

fn keys(scan: &Scan) -> Vec<&str> {
    scan.titles
        .iter()
        .map(hearth_catalog::LocalTitle::key)
        .collect()
}

#[test]
fn films_and_series_come_out_of_a_mixed_folder() {
    let folder = folder_with(&[
        "testcard.mkv",
        "Sintel.2010.1080p.mkv",
        "Sintel (2010) 720p.mp4",
        "Сериалы/Во все тяжкие/Сезон 1/1 серия.avi",
        "Сериалы/Во все тяжкие/Сезон 1/2 серия.avi",
        "Breaking.Bad.S02.720p/Breaking.Bad.S02E01.mkv",
        "notes.txt",
        "Sintel.2010.srt",
    ]);
    let scan = read(&folder);
    assert_eq!(scan.problems, []);
    assert_eq!(
        keys(&scan),
        [
            "film/sintel/2010",
            "series/breaking bad",
            "series/во все тяжкие",
            TESTCARD_KEY
        ]
    );
    let sintel = &scan.titles[0];
    assert_eq!(sintel.files.len(), 2, "two versions of one film");
    assert_eq!(sintel.title.year, Some(2010));
    assert_eq!(sintel.title.names.best(Language::En), "Sintel");
    let series = &scan.titles[2];
    assert_eq!(series.title.kind, TitleKind::Series);
    assert_eq!(series.title.names.ru.as_deref(), Some("Во все тяжкие"));
    assert_eq!(series.episodes(), [(1, 1), (1, 2)]);
    let card = &scan.titles[3];
    assert_eq!(card.title.kind, TitleKind::Film);
    assert_eq!(
        card.title.names.best(Language::Ru),
        "Настроечная таблица Hearth"
    );
    assert_eq!(card.title.names.best(Language::En), "Hearth test card");
    assert_eq!(card.title.external.local.as_deref(), Some("testcard"));
}

#[test]
fn files_become_sources_under_the_ids_of_the_store() {
    let folder = folder_with(&["Film (2001) 1080p.mkv", "Show/Show.S01E01E02.1080p.mkv"]);
    let scan = read(&folder);
    let title_id = TitleId::new();

    let films = scan.titles[0].sources(title_id, &[]);
    assert_eq!(films.len(), 1);
    assert_eq!(
        (films[0].kind, films[0].provider.as_str()),
        (SourceKind::Direct, "local")
    );
    assert_eq!(films[0].name, "Film (2001) 1080p.mkv");
    assert_eq!(films[0].size_bytes, Some(5));
    assert_eq!(films[0].release.resolution.as_deref(), Some("1080p"));
    let path = folder.path().join("Film (2001) 1080p.mkv");
    assert_eq!(
        films[0].location,
        Location::File {
            path,
            rest: Vec::new()
        }
    );

    let episode = |number| Episode {
        id: EpisodeId::new(),
        title_id,
        season: 1,
        number,
        names: Names::default(),
        facts: EpisodeFacts::default(),
    };
    let episodes = [episode(1), episode(2), episode(3)];
    let sources = scan.titles[1].sources(title_id, &episodes);
    let of: Vec<_> = sources.iter().map(|source| source.episode_id).collect();
    assert_eq!(of, [Some(episodes[0].id), Some(episodes[1].id)]);
    assert_ne!(sources[0].id, sources[1].id);
}

#[test]
fn what_is_no_film_is_left_out() {
    let folder = folder_with(&[
        "Film (2001)/Film.mkv",
        "Film (2001)/film-sample.mkv",
        "Film (2001)/Film-trailer.mp4",
        "Film (2001)/Sample/film.mkv",
        "Film (2001)/Featurettes/Making.mkv",
        "Film (2001)/.hidden.mkv",
        ".Trash-1000/files/Old Film.mkv",
        "lost+found/a.mkv",
        "Half.2002.mkv",
        "Half.2002.mkv.aria2",
        "Whole.2002.mkv.part",
        "Disc (2003)/BDMV/STREAM/00001.m2ts",
        "Show S01/Show - NCOP1.mkv",
        "Show S01/Show - 01.mkv",
    ]);
    fs::write(folder.path().join("Empty.2004.mkv"), b"").expect("write an empty file");
    let scan = read(&folder);
    assert_eq!(keys(&scan), ["film/film/2001", "series/show"]);
    assert_eq!(scan.titles[0].files.len(), 1);
    assert_eq!(scan.titles[1].files.len(), 1);
    assert_eq!(scan.problems, []);
}

#[test]
fn a_title_keeps_its_key_where_its_files_go() {
    let folder = folder_with(&["a/Sintel (2010).mkv"]);
    let before = read(&folder).titles[0].title.external.clone();
    fs::rename(folder.path().join("a"), folder.path().join("b")).expect("rename");
    fs::rename(
        folder.path().join("b/Sintel (2010).mkv"),
        folder.path().join("b/sintel.2010.1080p.web-dl.mkv"),
    )
    .expect("rename");
    assert_eq!(read(&folder).titles[0].title.external, before);
}

#[test]
fn links_in_a_circle_end_and_no_file_is_found_twice() {
    let folder = folder_with(&["Films/Sintel (2010).mkv"]);
    symlink(folder.path(), folder.path().join("Films/again")).expect("link");
    symlink("nowhere.mkv", folder.path().join("Films/dangling.mkv")).expect("link");
    let scan = scan(
        &[
            Folder::configured(folder.path()),
            Folder::configured(folder.path().join("Films")),
        ],
        LIMITS,
    );
    assert_eq!(keys(&scan), ["film/sintel/2010"]);
    assert_eq!(scan.titles[0].files.len(), 1);
    assert_eq!(scan.problems, []);
}

#[test]
fn links_are_followed_at_home_and_not_on_a_strangers_disk() {
    let elsewhere = folder_with(&["Private (2001).mkv"]);
    let folder = TempDir::new().expect("make a temporary folder");
    symlink(elsewhere.path(), folder.path().join("more")).expect("link");
    symlink(
        elsewhere.path().join("Private (2001).mkv"),
        folder.path().join("Copy (2002).mkv"),
    )
    .expect("link");
    assert_eq!(
        keys(&read(&folder)),
        ["film/copy/2002", "film/private/2001"]
    );
    let stranger = scan(&[Folder::removable(folder.path())], LIMITS);
    assert_eq!(keys(&stranger), [""; 0]);
}

#[test]
fn a_huge_tree_is_cut_and_said_so() {
    let names: Vec<String> = (0..50)
        .map(|number| format!("Film {number:02} (2001).mkv"))
        .collect();
    let wide = folder_with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let few = Limits {
        entries: 20,
        ..LIMITS
    };
    let cut = scan(&[Folder::configured(wide.path())], few);
    assert_eq!(cut.titles.len(), 20);
    assert!(matches!(
        cut.problems[..],
        [Problem::TooMany { most: 20, .. }]
    ));

    let deep = folder_with(&["a/b/c/d/Deep (2001).mkv", "a/Shallow (2001).mkv"]);
    let shallow = Limits { depth: 2, ..LIMITS };
    let cut = scan(&[Folder::configured(deep.path())], shallow);
    assert_eq!(keys(&cut), ["film/shallow/2001"]);
    assert!(matches!(
        cut.problems[..],
        [Problem::TooDeep { most: 2, .. }]
    ));
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_shown() {
    let folder = folder_with(&["Sintel (2010).mkv", "locked/Film (2001).mkv"]);
    let locked = folder.path().join("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).expect("lock");
    let gone = folder.path().join("gone");
    let scan = scan(
        &[Folder::configured(folder.path()), Folder::configured(&gone)],
        LIMITS,
    );
    // The superuser reads everything.
    let superuser = fs::read_dir(&locked).is_ok();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).expect("unlock");
    assert!(keys(&scan).contains(&"film/sintel/2010"));
    let unreadable: Vec<&PathBuf> = scan
        .problems
        .iter()
        .filter_map(|problem| match problem {
            Problem::Unreadable { path, .. } => Some(path),
            _ => None,
        })
        .collect();
    if superuser {
        assert_eq!(unreadable, [&gone]);
    } else {
        assert_eq!(unreadable, [&locked, &gone]);
    }
    assert!(
        scan.problems[0]
            .to_string()
            .contains("check that the disk is connected")
    );
}

#[test]
fn mounted_disks_are_read_from_mountinfo() {
    let mountinfo = r"
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /mnt rw - tmpfs tmpfs rw
41 22 8:17 / /media/anna/My\040Disk rw,nosuid shared:200 - fuseblk /dev/sdb1 rw,user_id=0
42 22 8:33 / /run/media/anna/USB\134x rw - vfat /dev/sdc1 rw
43 22 0:50 / /mnt/share rw - cifs //server/films rw
44 22 8:49 /@films /mnt/films rw - btrfs /dev/sdd1 rw
45 22 8:49 /@films /mnt/films rw - btrfs /dev/sdd1 rw
46 22 8:65 / /mediathek rw - ext4 /dev/sde1 rw
47 22 7:3 / /snap/core/1 ro shared:5 - squashfs /dev/loop3 ro
broken line
";
    let expected: Vec<PathBuf> = [
        "/media/anna/My Disk",
        "/mnt/films",
        r"/run/media/anna/USB\x",
    ]
    .into_iter()
    .map(PathBuf::from)
    .collect();
    assert_eq!(removable_mounts(mountinfo), expected);
    assert_eq!(removable_mounts(""), Vec::<PathBuf>::new());
}

fn write(folder: &TempDir, path: &str, text: &str) {
    let path = folder.path().join(path);
    fs::create_dir_all(path.parent().expect("below the root")).expect("make a folder");
    fs::write(path, text).expect("write a file");
}

#[test]
fn an_nfo_file_has_the_last_word_on_a_film() {
    let folder = folder_with(&[
        "Films/drakon_final/drakon_final.mkv",
        "Films/bad.2001.mkv",
        "Films/page.mkv",
    ]);
    write(
        &folder,
        "Films/drakon_final/movie.nfo",
        "<movie><title>Синтел</title><originaltitle>Sintel</originaltitle><year>2010</year>\
         <plot>Девушка ищет дракона.</plot><uniqueid type=\"tmdb\">45745</uniqueid></movie>",
    );
    write(&folder, "Films/bad.2001.nfo", "<movie><title>Half");
    write(
        &folder,
        "Films/page.NFO",
        "https://www.imdb.com/title/tt0133093/",
    );
    // Of a folder with several films it may be any.
    write(
        &folder,
        "Films/movie.nfo",
        "<movie><title>Any</title></movie>",
    );
    let scan = read(&folder);
    assert_eq!(
        keys(&scan),
        ["film/bad/2001", "film/drakon final", "film/page"],
        "names decide the key all the same"
    );
    let [bad, dragon, page] = &scan.titles[..] else {
        panic!("three films");
    };
    assert_eq!(dragon.title.names.best(Language::Ru), "Синтел");
    assert_eq!(dragon.title.year, Some(2010));
    assert_eq!(dragon.title.external.tmdb, Some(45745));
    assert_eq!(dragon.title.facts.aliases, ["drakon final"]);
    assert_eq!(
        dragon.word.overview.ru.as_deref(),
        Some("Девушка ищет дракона.")
    );
    assert_eq!(page.title.external.imdb.as_deref(), Some("tt0133093"));
    assert_eq!(page.title.names.best(Language::En), "page");
    assert_eq!(bad.files.len(), 1, "the film is there all the same");
    assert!(
        matches!(&scan.problems[..], [Problem::BadNfo { path, .. }] if path.ends_with("bad.2001.nfo")),
        "{:?}",
        scan.problems
    );
    assert_eq!(read(&folder), scan, "two scans of one disk are equal");
}

/// A scan repeats itself all evening, and a disk with thousands of films has as many NFO files.
#[test]
fn an_nfo_file_is_read_again_only_when_it_changed() {
    let folder = folder_with(&["Films/drakon.mkv", "Films/bad.mkv"]);
    let path = folder.path().join("Films/drakon.nfo");
    let day = |days: u64| {
        std::time::UNIX_EPOCH + std::time::Duration::from_secs((20_000 + days) * 24 * 3600)
    };
    let tell = |name: &str, days: u64| {
        fs::write(&path, format!("<movie><title>{name}</title></movie>")).unwrap();
        let file = fs::File::options().append(true).open(&path).unwrap();
        file.set_modified(day(days)).unwrap();
    };
    fs::write(folder.path().join("Films/bad.nfo"), "<movie><title>Half").unwrap();
    let mut memory = ScanMemory::default();
    let mut told = || {
        let folders = [Folder::configured(folder.path())];
        let scan = scan_again(&folders, LIMITS, &mut memory);
        assert_eq!(scan.problems.len(), 1, "of the bad one, by each scan");
        let mut names = scan
            .titles
            .iter()
            .filter_map(|one| one.word.names.original.clone());
        names.next()
    };
    tell("Sintel", 1);
    assert_eq!(told().as_deref(), Some("Sintel"));
    // As long, and of the same time: nothing says that it is another one.
    tell("Durian", 1);
    assert_eq!(told().as_deref(), Some("Sintel"));
    tell("Durian", 2);
    assert_eq!(told().as_deref(), Some("Durian"));
    tell("Big Buck Bunny", 2);
    assert_eq!(told().as_deref(), Some("Big Buck Bunny"));
    fs::remove_file(&path).unwrap();
    assert_eq!(told(), None);
    tell("Sintel", 2);
    assert_eq!(told().as_deref(), Some("Sintel"));
}

#[test]
fn nfo_files_tell_of_series_and_episodes() {
    let folder = folder_with(&[
        "Монстр/Season 1/Monster S01E01.mkv",
        "Монстр/Season 1/Монстр 1x02.mkv",
        "Монстр/Season 1/surprise.mkv",
        "Монстр/Season 1/double.mkv",
        "Kino/12 Monkeys S01.mkv",
    ]);
    write(
        &folder,
        "Монстр/tvshow.nfo",
        "<tvshow><title>Монстр</title><originaltitle>Monster</originaltitle>\
         <uniqueid type=\"shikimori\">19</uniqueid></tvshow>",
    );
    write(
        &folder,
        "Монстр/Season 1/Monster S01E01.nfo",
        "<episodedetails><title>Herr Doktor Tenma</title><season>1</season>\
         <episode>1</episode><plot>It begins.</plot></episodedetails>",
    );
    write(
        &folder,
        "Монстр/Season 1/surprise.nfo",
        "<episodedetails><season>2</season><episode>7</episode></episodedetails>",
    );
    write(
        &folder,
        "Монстр/Season 1/double.nfo",
        "<episodedetails><season>1</season><episode>3</episode></episodedetails>\
         <episodedetails><season>1</season><episode>4</episode><title>Четыре</title>\
         </episodedetails>",
    );
    write(
        &folder,
        "Kino/12 Monkeys S01.nfo",
        "<movie><title>12 Monkeys</title><year>1995</year></movie>",
    );
    let scan = read(&folder);
    assert_eq!(scan.problems, []);
    let [film, series] = &scan.titles[..] else {
        panic!("a film and one series: {:?}", keys(&scan));
    };
    assert_eq!(film.key(), "film/12 monkeys/1995");
    assert_eq!(film.title.kind, TitleKind::Film);
    assert_eq!(series.title.kind, TitleKind::Anime);
    assert_eq!(series.title.external.shikimori, Some(19));
    assert_eq!(series.episodes(), [(1, 1), (1, 2), (1, 3), (1, 4), (2, 7)]);
    let episodes = series.found_episodes();
    assert_eq!(episodes[0].names.en.as_deref(), Some("Herr Doktor Tenma"));
    assert_eq!(episodes[0].facts.overview.en.as_deref(), Some("It begins."));
    assert_eq!(episodes[3].names.ru.as_deref(), Some("Четыре"));
}

#[test]
fn covers_lie_beside_films_series_and_episodes() {
    let folder = folder_with(&[
        "poster.jpg",
        "Films/Alone (2001)/Alone.mkv",
        "Films/Alone (2001)/Folder.JPG",
        "Films/Alone (2001)/fanart.webp",
        "Films/Alone (2001)/holiday.jpg",
        "Films/Two (2002).mkv",
        "Films/Two (2002)-poster.png",
        "Films/Two (2002)-fanart.jpg",
        "Films/Three (2003).mkv",
        "Films/poster.jpg",
        "Show/poster.jpg",
        "Show/Season 1/poster.jpg",
        "Show/Season 1/Show S01E01.mkv",
        "Show/Season 1/Show S01E01-thumb.jpg",
        "Show/Season 1/Show S01E02E03.mkv",
        "Show/Season 1/Show S01E02E03.jpg",
    ]);
    let scan = read(&folder);
    let name = |picture: &DiskPicture| {
        let path = picture.path.strip_prefix(folder.path()).expect("below");
        assert_eq!(picture.size_bytes, 5);
        assert!(picture.modified_ms > 0);
        path.display().to_string()
    };
    let found: Vec<_> = scan
        .titles
        .iter()
        .map(|title| {
            let covers = &title.covers;
            let poster = covers.poster.as_ref().map(name);
            (title.key(), poster, covers.backdrop.as_ref().map(name))
        })
        .collect();
    let of = |path: &str| Some(path.to_owned());
    assert_eq!(
        found,
        [
            (
                "film/alone/2001",
                of("Films/Alone (2001)/Folder.JPG"),
                of("Films/Alone (2001)/fanart.webp")
            ),
            // What lies in a folder of several films is none of theirs.
            ("film/three/2003", None, None),
            (
                "film/two/2002",
                of("Films/Two (2002)-poster.png"),
                of("Films/Two (2002)-fanart.jpg")
            ),
            ("series/show", of("Show/poster.jpg"), None),
        ]
    );
    let stills = &scan.titles[3].covers.stills;
    let places: Vec<_> = stills.keys().copied().collect();
    assert_eq!(places, [(1, 1), (1, 2), (1, 3)]);
    assert_eq!(stills[&(1, 2)], stills[&(1, 3)]);
}

#[test]
fn a_film_in_parts_is_one_film() {
    let folder = folder_with(&[
        "Films/Solaris (1972) CD2.avi",
        "Films/Solaris (1972) CD1.avi",
        "Films/Solaris (1972) CD1.ru.srt",
        "Films/Solaris (1972) CD2.en.srt",
        "Films/Solaris (1972).nfo",
        "Films/Solaris (1972)-poster.jpg",
        "Films/Two Part 1.mkv",
        "Films/Two Part 2.mkv",
        "Films/Two Part 1.nfo",
        "Films/Two Part 2.nfo",
        "Show/Season 1/Show part 1.mkv",
        "Show/Season 1/Show part 2.mkv",
    ]);
    for (part, id) in [(1, 11), (2, 22)] {
        let nfo = format!("<movie><uniqueid type=\"tmdb\">{id}</uniqueid></movie>");
        write(&folder, &format!("Films/Two Part {part}.nfo"), &nfo);
    }
    write(
        &folder,
        "Films/Solaris (1972).nfo",
        "<movie><title>Солярис</title></movie>",
    );
    let scan = read(&folder);
    let films: Vec<_> = scan
        .titles
        .iter()
        .filter(|title| title.title.kind == TitleKind::Film)
        .map(|title| (title.key(), title.files.len()))
        .collect();
    assert_eq!(films[0], ("film/solaris/1972", 2));
    assert_eq!(
        films.iter().filter(|(_, files)| *files > 1).count(),
        1,
        "what has an id of its own is a film of its own: {films:?}"
    );
    let solaris = &scan.titles[0];
    assert_eq!(solaris.title.names.ru.as_deref(), Some("Солярис"));
    assert!(solaris.covers.poster.is_some());
    let sources = solaris.sources(TitleId::new(), &[]);
    assert_eq!(sources.len(), 1);
    assert_eq!(
        sources[0].name,
        "Solaris (1972) CD1.avi … Solaris (1972) CD2.avi"
    );
    assert_eq!(sources[0].size_bytes, Some(10), "of both");
    assert_eq!(sources[0].release.subtitle_languages, ["ru", "en"]);
    let path = |name: &str| folder.path().join("Films").join(name);
    assert_eq!(
        sources[0].location,
        Location::File {
            path: path("Solaris (1972) CD1.avi"),
            rest: vec![path("Solaris (1972) CD2.avi")],
        }
    );
    let subtitles = solaris.subtitles(&[]);
    let subtitles: Vec<_> = subtitles
        .iter()
        .map(|one| (one.episode_id, one.file.language.as_deref(), one.piece))
        .collect();
    assert_eq!(
        subtitles,
        [(None, Some("ru"), Some(0)), (None, Some("en"), Some(1))]
    );
}

#[test]
fn subtitles_lie_beside_their_film_or_in_a_folder() {
    let folder = folder_with(&[
        "Films/Two (2002).mkv",
        "Films/Two (2002).ru.srt",
        "Films/Two (2002).en.forced.ass",
        "Films/Two (2002).sub",
        "Films/Two (2002).idx",
        "Films/Two.srt",
        "Films/Three (2003).mkv",
        "Films/Subs/Three (2003)/2_English.srt",
        "Films/Subs/Three (2003)/clip.mkv",
        "Films/Subs/other.srt",
        "Alone (2001)/Alone.mkv",
        "Alone (2001)/Subs/2_Russian.srt",
        "Alone (2001)/Subs/3_English [SDH].vtt",
    ]);
    let scan = read(&folder);
    assert_eq!(
        keys(&scan),
        ["film/alone/2001", "film/three/2003", "film/two/2002"],
        "no film among the subtitles"
    );
    let found: Vec<Vec<_>> = scan
        .titles
        .iter()
        .map(|title| {
            let files = title.files[0].subtitles.iter();
            files
                .map(|file| {
                    let name = file.path.file_name().expect("a name");
                    (name.to_string_lossy().into_owned(), file.forced)
                })
                .collect()
        })
        .collect();
    let file = |name: &str, forced| (name.to_owned(), forced);
    assert_eq!(
        found,
        [
            vec![
                file("2_Russian.srt", false),
                file("3_English [SDH].vtt", false)
            ],
            vec![file("2_English.srt", false)],
            vec![
                file("Two (2002).en.forced.ass", true),
                file("Two (2002).ru.srt", false)
            ],
        ]
    );
    let languages: Vec<_> = scan
        .titles
        .iter()
        .map(|title| {
            title.sources(TitleId::new(), &[])[0]
                .release
                .subtitle_languages
                .clone()
        })
        .collect();
    assert_eq!(languages, [vec!["ru", "en"], vec!["en"], vec!["ru"]]);
}
