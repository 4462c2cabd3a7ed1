//! GRUB's choice of a slot, by the real GRUB on a small disk in an emulated PC (a second each). The
//! kernel is pretended in `board.cfg`, which the configuration reads by itself: what is tested is
//! the very `grub.cfg` of the image.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

const CONFIG: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../image/overlay-esp/grub/grub.cfg"
);
const MODULES: &str = "biosdisk part_gpt fat normal configfile search search_fs_file search_label probe \
    regexp loadenv test echo sleep reboot halt serial terminal minicmd";
const EMBEDDED: &str =
    "search.fs_label ESP root\nset prefix=($root)/grub\nconfigfile ($root)/grub/grub.cfg\n";
/// GRUB takes these where it has no such command.
const BOARD: &str = r#"
serial --unit=0 --speed=115200
terminal_output serial
terminal_input serial
function linux { echo "KERNEL $*"; test -f $1; }
function initrd { echo STARTED; halt; }
set board_args="console=ttyS0"
"#;
const LNXBOOT: &str = "/usr/lib/grub/i386-pc/lnxboot.img";

/// A disk with two slots.
struct Disk {
    folder: TempDir,
}

#[derive(Debug, PartialEq)]
enum Chosen {
    /// A slot, and its kernel's command line.
    Slot(char, String),
    /// The last menu.
    Menu,
}

fn run(program: &str, words: &[&str], at: &Path) {
    let done = Command::new(program)
        .args(words)
        .current_dir(at)
        .env("MTOOLS_SKIP_CHECK", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; run `make setup-test`"));
    assert!(
        done.status.success(),
        "{program} {words:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

impl Disk {
    /// None, with a word, where Debian has no GRUB for PCs.
    fn new() -> Option<Self> {
        if !cfg!(target_arch = "x86_64") {
            eprintln!("skipped: there is no GRUB for PCs on this architecture");
            return None;
        }
        let disk = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let at = disk.folder.path();
        fs::write(at.join("embed.cfg"), EMBEDDED).unwrap();
        fs::write(at.join("board.cfg"), BOARD).unwrap();
        fs::write(at.join("vmlinuz"), "kernel").unwrap();
        let mut words = vec![
            "-O",
            "i386-pc",
            "-p",
            "/grub",
            "-c",
            "embed.cfg",
            "-o",
            "core.img",
        ];
        words.extend(MODULES.split_whitespace());
        run("grub-mkimage", &words, at);
        let kernel = [
            fs::read(LNXBOOT).unwrap(),
            fs::read(at.join("core.img")).unwrap(),
        ]
        .concat();
        fs::write(at.join("grub.img"), kernel).unwrap();
        File::create(at.join("disk.img"))
            .unwrap()
            .set_len(64 << 20)
            .unwrap();
        run(
            "sgdisk",
            &[
                "-a",
                "2048",
                "-n1:2048:+34M",
                "-c1:esp",
                "-n2:0:+1M",
                "-c2:boot_a",
                "-n3:0:+1M",
                "-c3:boot_b",
                "-n4:0:+1M",
                "-c4:root_a",
                "-n5:0:+1M",
                "-c5:root_b",
                "disk.img",
            ],
            at,
        );
        for (label, sector, blocks) in [
            ("ESP", "2048", "34816"),
            ("A", "71680", "1024"),
            ("B", "73728", "1024"),
        ] {
            run(
                "mkfs.vfat",
                &["-n", label, "--offset", sector, "disk.img", blocks],
                at,
            );
        }
        run("mmd", &["-i", "disk.img@@1M", "::grub"], at);
        run(
            "mcopy",
            &["-i", "disk.img@@1M", CONFIG, "board.cfg", "::grub/"],
            at,
        );
        for slot in ["35M", "36M"] {
            run(
                "mcopy",
                &["-i", &format!("disk.img@@{slot}"), "vmlinuz", "::"],
                at,
            );
        }
        Some(disk)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn set(&self, variables: &[&str]) {
        self.set_in("grubenv", variables);
    }

    fn set_in(&self, block: &str, variables: &[&str]) {
        let at = self.folder.path();
        let _ = fs::remove_file(self.file(block));
        run("grub-editenv", &[block, "create"], at);
        run("grub-editenv", &[&[block, "set"], variables].concat(), at);
        self.put(block);
    }

    /// What the plug leaves of the block when it is pulled while `grub-editenv` writes.
    fn lose_the_block(&self, left: &[u8]) {
        fs::write(self.file("grubenv"), left).unwrap();
        self.put("grubenv");
    }

    fn put(&self, name: &str) {
        let at = self.folder.path();
        run("mcopy", &["-o", "-i", "disk.img@@1M", name, "::grub/"], at);
    }

    fn get(&self, name: &str) -> String {
        self.get_from("grubenv", name)
    }

    fn get_from(&self, block: &str, name: &str) -> String {
        let at = self.folder.path();
        let from = format!("::grub/{block}");
        run(
            "mcopy",
            &["-n", "-o", "-i", "disk.img@@1M", &from, block],
            at,
        );
        let text = fs::read_to_string(self.file(block)).unwrap();
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .unwrap_or_default()
            .to_owned()
    }

    /// Switches the PC on and sees what GRUB starts.
    fn start(&self) -> Chosen {
        let mut pc = Command::new("qemu-system-x86_64")
            .args(["-M", "pc", "-accel", "tcg", "-m", "64", "-display", "none"])
            .args([
                "-monitor",
                "none",
                "-nic",
                "none",
                "-no-reboot",
                "-serial",
                "stdio",
            ])
            // The kernel may hold a killed one's lock a moment longer.
            .args(["-drive", "file=disk.img,format=raw,if=ide,file.locking=off"])
            .args(["-kernel", "grub.img"])
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = pc.stdout.take().unwrap();
        let mut said = Vec::new();
        let mut buffer = [0; 4096];
        let chosen = loop {
            let count = out.read(&mut buffer).unwrap();
            assert!(
                count > 0,
                "GRUB ended without a choice: {}",
                String::from_utf8_lossy(&said)
            );
            said.extend_from_slice(&buffer[..count]);
            // The terminal breaks lines where it likes.
            let text: String = String::from_utf8_lossy(&said).replace(['\r', '\n'], " ");
            if text.contains("Start version B") {
                break Chosen::Menu;
            }
            if let Some((line, _)) = text.split_once("STARTED") {
                let line = line.rsplit("KERNEL ").next().unwrap();
                let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
                let slot = line
                    .split("rauc.slot=")
                    .nth(1)
                    .and_then(|rest| rest.chars().next());
                break Chosen::Slot(slot.unwrap(), line);
            }
        };
        // GRUB has written what it counts before it says anything.
        let _ = pc.kill();
        pc.wait().unwrap();
        chosen
    }

    /// The slot of the next start, `r` in front where it is the recovery page.
    fn next(&self) -> String {
        match self.start() {
            Chosen::Slot(slot, line) if line.contains("hearth.recovery") => format!("r{slot}"),
            Chosen::Slot(slot, _) => slot.to_string(),
            Chosen::Menu => "menu".into(),
        }
    }
}

#[test]
fn abuse_30_an_unmarked_slot_gets_three_starts_then_the_other_then_a_page() {
    let Some(disk) = Disk::new() else { return };
    disk.set(&["ORDER=B A", "A_OK=1", "A_TRY=0", "B_OK=1", "B_TRY=0"]);
    let starts: Vec<String> = (0..9).map(|_| disk.next()).collect();
    assert_eq!(starts, ["B", "B", "B", "A", "A", "A", "rB", "rA", "menu"]);
    // The mark of a slot that came up after all.
    disk.set(&[
        "ORDER=B A",
        "A_OK=1",
        "A_TRY=0",
        "B_OK=1",
        "B_TRY=3",
        "RECOVERY=2",
    ]);
    assert_eq!(disk.next(), "A");
    assert_eq!(disk.get("A_TRY"), "1");
    assert_eq!(disk.get("B_TRY"), "3");
}

#[test]
fn a_slot_that_cannot_be_loaded_costs_no_start() {
    let Some(disk) = Disk::new() else { return };
    disk.set(&["ORDER=B A", "A_OK=1", "A_TRY=0", "B_OK=1", "B_TRY=0"]);
    run(
        "mdel",
        &["-i", "disk.img@@36M", "::vmlinuz"],
        disk.folder.path(),
    );
    assert_eq!(disk.next(), "A");
    assert_eq!(disk.get("B_TRY"), "3", "and is not tried again");
}

#[test]
fn an_empty_slot_is_never_tried() {
    let Some(disk) = Disk::new() else { return };
    disk.set(&["ORDER=A B", "A_OK=1", "A_TRY=2", "B_OK=0", "B_TRY=0"]);
    assert_eq!(disk.next(), "A");
    assert_eq!(disk.next(), "rA");
}

/// A good slot was left for the older version after three quick power cuts.
#[test]
fn a_slot_that_stood_its_test_gets_nine_starts() {
    let Some(disk) = Disk::new() else { return };
    let proved = |tries| {
        let order = ["ORDER=B A", "A_OK=1", "A_TRY=0", "B_OK=1", "B_PROVED=1"];
        disk.set(&[&order[..], &[tries]].concat());
    };
    proved("B_TRY=3");
    assert_eq!(disk.next(), "B");
    assert_eq!(disk.get("B_TRY"), "4");
    proved("B_TRY=8");
    assert_eq!([disk.next(), disk.next()], ["B", "A"]);
    assert_eq!([disk.get("A_TRY"), disk.get("B_TRY")], ["1", "9"]);

    proved("B_TRY=0");
    run(
        "mdel",
        &["-i", "disk.img@@36M", "::vmlinuz"],
        disk.folder.path(),
    );
    assert_eq!(disk.next(), "A");
    assert_eq!(
        disk.get("B_TRY"),
        "9",
        "what cannot be loaded is not tried again"
    );
}

#[test]
fn without_its_environment_grub_starts_the_first_slot() {
    let Some(disk) = Disk::new() else { return };
    for _ in 0..4 {
        assert_eq!(disk.next(), "A", "it cannot count, and starts nevertheless");
    }
    disk.lose_the_block(&[0; 1024]);
    assert_eq!(disk.next(), "A");
}

/// A box that lived in B came back in the older A, and one whose A was half-written in nothing at all.
#[test]
fn where_its_environment_is_lost_grub_goes_by_the_copy_and_counts_in_it() {
    let Some(disk) = Disk::new() else { return };
    let lost: [(&[u8], _, _); 2] = [(&[], "B_TRY=0", "1"), (&[0; 1024], "B_TRY=2", "3")];
    for (left, tries, counted) in lost {
        disk.lose_the_block(left);
        disk.set_in(
            "grubenv.copy",
            &[
                "ORDER=B A",
                "A_OK=0",
                "A_TRY=0",
                "B_OK=1",
                tries,
                "EXTRA=kept",
            ],
        );
        let Chosen::Slot('B', line) = disk.start() else {
            panic!("slot B starts")
        };
        assert!(line.ends_with(" kept"), "{line}");
        assert_eq!(disk.get_from("grubenv.copy", "B_TRY"), counted);
    }
    assert_eq!(disk.next(), "rB");
    assert_eq!(disk.get_from("grubenv.copy", "RECOVERY"), "1");

    // A block that can be read is the newer one.
    disk.set(&["ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=1", "B_TRY=0"]);
    assert_eq!(disk.next(), "A");
    assert_eq!(disk.get("A_TRY"), "1");
}

#[test]
fn the_kernel_is_told_its_root_its_slot_and_what_the_owner_added() {
    let Some(disk) = Disk::new() else { return };
    disk.set(&[
        "ORDER=A B",
        "A_OK=1",
        "A_TRY=0",
        "MACHINE_ID=0123abcd",
        "EXTRA=hearth.deadline=99 debug",
    ]);
    let Chosen::Slot('A', line) = disk.start() else {
        panic!("slot A starts")
    };
    let words: Vec<&str> = line.split(' ').collect();
    for word in [
        "ro",
        "rauc.slot=A",
        "console=ttyS0",
        "systemd.machine_id=0123abcd",
        "hearth.deadline=99",
        "debug",
    ] {
        assert!(words.contains(&word), "{word} is not in {line}");
    }
    let root = words
        .iter()
        .find_map(|word| word.strip_prefix("root=PARTUUID="))
        .unwrap();
    let shown = Command::new("sgdisk")
        .args(["-i", "4"])
        .arg(disk.file("disk.img"))
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).to_lowercase();
    assert!(
        shown.contains(&root.to_lowercase()),
        "{root} is not that of root_a: {shown}"
    );
}
