//! What is wrong in a definition is told with its file, its line and what to do; and every
//! definition in the documentation is a good one.

#![allow(clippy::unwrap_used, reason = "tests")]

mod titles;

use std::path::Path;

use hearth_sources::{Definition, Faulty};
use titles::root;

/// Its search begins in line 5.
const GOOD: &str = r#"hearth_site: 1
name: Test
url: https://site.example.org/
search:
  - address: "/s?q={title}"
    name: a
    link: a
"#;

fn faults(text: &str) -> Faulty {
    Definition::read(Path::new("my.yaml"), text)
        .map(|_| panic!("it is good:\n{text}"))
        .unwrap_err()
}

fn check(text: &str, line: u64, part: &str) {
    let faulty = faults(text);
    let told = faulty.to_string();
    let found = faulty
        .problems
        .iter()
        .find(|problem| problem.text.contains(part));
    let found = found.unwrap_or_else(|| panic!("no {part:?} in:\n{told}\nof:\n{text}"));
    assert_eq!(found.line, Some(line), "{told}\nof:\n{text}");
    assert!(told.starts_with("my.yaml, line "), "{told}");
}

#[test]
fn the_smallest_definition_is_good() {
    let definition = Definition::read(Path::new("my.yaml"), GOOD).unwrap();
    assert_eq!(definition.name, "Test");
    assert_eq!(definition.kinds.len(), 3);
    assert_eq!(definition.searches(), 1);
    assert!(!definition.has_details());
}

#[test]
fn each_problem_is_told_with_its_line() {
    for (from, to, line, part) in [
        (
            "hearth_site: 1",
            "hearth_site: 2",
            1,
            "write `hearth_site: 1`",
        ),
        ("name: Test", "name: ''", 2, "give the site a name"),
        (
            "https://site.example.org/",
            "site.example.org",
            3,
            "give a full address",
        ),
        (
            "https://site.example.org/",
            "file:///etc/passwd",
            3,
            "give a full address",
        ),
        (
            "name: a",
            "names: a",
            6,
            "there is no key `names` here: there are address",
        ),
        ("name: a", "name: 'a['", 6, "is no CSS selector"),
        ("name: a", "name: ''", 6, "it is empty"),
        ("name: a", "name: {csss: a}", 6, "there is no key `csss`"),
        ("name: a", "name: {json: 'a b'}", 6, "is no JSON path"),
        (
            "name: a",
            "name: {group: a}",
            6,
            "`group` is of pages with `answer: text`",
        ),
        (
            "name: a",
            "name: {regex: '('}",
            6,
            "the regular expression is not valid",
        ),
        (
            "name: a",
            "name: {regex: '\\w{1000}{1000}'}",
            6,
            "the regular expression is not valid",
        ),
        ("name: a", "name: {}", 6, "say where the value stands"),
        ("name: a", "name: []", 6, "the list is empty"),
        ("name: a", "name: {make: x, css: a}", 6, "it stands alone"),
        (
            "name: a",
            "name: {make: '{row.id}'}",
            6,
            "there is no value `row.id` here",
        ),
        ("name: a", "name: a\n    name: b", 7, "stands here twice"),
        (
            "{title}",
            "{titel}",
            5,
            "there is no value `titel` here: there are absolute",
        ),
        ("{title}", "{title", 5, "is not closed"),
        ("{title}", "{setting.key}", 5, "add it under `settings:`"),
        ("\"/s?q={title}\"", "{title}", 5, "stands in quotes"),
        ("\"/s?q={title}\"", "''", 5, "give the page's address"),
        ("    link: a\n", "", 5, "`link` is missing"),
        ("link: a", "gives: torrent", 7, "it stands beside one"),
        ("link: a", "link: a\n    gives: torrents", 8, "torrents"),
        (
            "link: a",
            "link: a\n    rows: '*['",
            8,
            "is no CSS selector",
        ),
        (
            "link: a",
            "link: a\n    form: {a: b}\n    json: {a: b}",
            9,
            "not both",
        ),
        (
            "link: a",
            "link: a\n    headers: {Host: x}",
            8,
            "is Hearth's own to send",
        ),
        (
            "link: a",
            "link: a\n    headers: {'X Y': x}",
            8,
            "is no header's name",
        ),
        ("link: a", "link: a\n    vars: {Id: a}", 8, "small letters"),
        (
            "link: a",
            "link: a\n    json: {a: ['{x}']}",
            8,
            "there is no value `x`",
        ),
        (
            "link: a",
            "link: a\n    inside: 'a b'",
            8,
            "is no JSON path",
        ),
        (
            "    name: a\n",
            "    answer: json\n    name: $..a..b\n",
            7,
            "may have one `$`",
        ),
        (
            "    name: a\n",
            "    answer: json\n    name: $[?@.a == $.b]\n",
            7,
            "may have one `$`",
        ),
        (
            "name: a",
            "name: ':not(:not(:is(:is(:is(:is(:is(:is(:is(a)))))))))'",
            6,
            "nested deeper",
        ),
        (
            "    name: a\n",
            "    answer: json\n    name: {css: a}\n",
            7,
            "`css` is of pages with `answer: html`",
        ),
        (
            "    name: a\n",
            "    answer: text\n    name: a\n",
            5,
            "needs `rows`",
        ),
        (
            "    name: a\n",
            "    answer: text\n    rows: '(?P<n>x)'\n    name: a\n",
            8,
            "`rows` has no group `a`: it has n",
        ),
        (
            "search:",
            "encoding: cp999\nsearch:",
            4,
            "this encoding is not known",
        ),
        ("search:", "kinds: [films]\nsearch:", 4, "films"),
        ("search:", "settings: {Key: x}\nsearch:", 4, "small letters"),
        ("search:", "serch:", 4, "there is no key `serch`"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        check(&GOOD.replacen(from, to, 1), line, part);
    }
}

#[test]
fn what_is_no_definition_at_all_is_told_too() {
    for text in [
        "",
        "5",
        "[",
        "a: b: c",
        "{{{",
        "\u{0}",
        "- a",
        "hearth_site: x",
    ] {
        assert!(faults(text).to_string().starts_with("my.yaml"), "{text}");
    }
    let missing = faults("hearth_site: 1\nname: Test\n").to_string();
    assert!(missing.contains("the key `url` is missing"), "{missing}");
    let file = Definition::open(Path::new("/nowhere/my.yaml")).unwrap_err();
    assert!(file.to_string().contains("check the path"), "{file}");
}

#[test]
fn all_problems_are_told_at_once() {
    let text = GOOD
        .replace("link: a", "link: 'a['")
        .replace("{title}", "{t}");
    assert_eq!(faults(&text).problems.len(), 2);
}

#[test]
fn abuse_18_hostile_definitions_end_in_an_error() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let inner = format!("*a{}, ", level - 1).repeat(9);
        bomb = format!("{bomb}a{level}: &a{level} [{inner}]\n");
    }
    let named = |name: &str| GOOD.replace("name: a", &format!("name: '{name}'"));
    let nested_path = |depth: usize| {
        let (open, close) = ("(".repeat(depth), ")".repeat(depth));
        let path = format!("    answer: json\n    name: $[?{open}1{close}]\n");
        GOOD.replace("    name: a\n", &path)
    };
    let search = format!("{GOOD}details:\n  address: /\n  json: *a8\n");
    for text in [
        bomb.clone(),
        format!("{bomb}{search}"),
        "[".repeat(60_000),
        "{a: ".repeat(10_000),
        "- ".repeat(30_000),
        "x".repeat(100_000),
        named(&"a ".repeat(2000)),
        named(&format!("{}a{}", ":not(".repeat(150), ")".repeat(150))),
        GOOD.replace(
            "name: a",
            &format!("name: {{regex: '{}'}}", "(".repeat(300)),
        ),
        nested_path(400),
        nested_path(7),
    ] {
        // An error, or in the odd case a harmless definition: never a crash, never no end.
        let _ = Definition::read(Path::new("my.yaml"), &text);
    }
}

/// Every example stands in the documentation as it is read here.
#[test]
fn documented_definitions_are_good() {
    let page = root().join("docs/reference/site-definitions.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut examples = 0;
    for block in page.split("```yaml\n").skip(1) {
        let (text, _) = block.split_once("```").unwrap();
        if text.contains("hearth_site:") {
            examples += 1;
            Definition::read(Path::new("site-definitions.md"), text)
                .unwrap_or_else(|faulty| panic!("{faulty}\nof:\n{text}"));
        }
    }
    assert!(examples >= 4, "{examples}");
    let folder = root().join("docs/reference/sites");
    for file in std::fs::read_dir(folder).unwrap() {
        Definition::open(&file.unwrap().path()).unwrap();
    }
}
