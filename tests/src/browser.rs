//! A real browser, as a phone of the house opens the box's page.

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

/// Chromium behind `tests/browser/driver.mjs`. Elements are named by their `data-testid`.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Browser {
    pub fn start() -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("browser");
        assert!(
            folder.join("node_modules/playwright-core").is_dir(),
            "playwright-core is missing in {}: run `make setup` (it calls `npm ci` there)",
            folder.display()
        );
        let mut child = Command::new("node")
            .arg("driver.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts: run `make setup`");
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let mut browser = Self {
            child,
            orders,
            answers,
        };
        let ready = browser.line();
        assert_eq!(ready.trim(), "ready", "Chromium does not start");
        browser
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .expect("the browser's driver answers");
        line
    }

    fn order(&mut self, order: &Value) -> Value {
        let orders = self.orders.as_mut().expect("the browser is open");
        writeln!(orders, "{order}").expect("the browser's driver reads");
        let line = self.line();
        let mut answer: Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(
            answer.get("error").is_none(),
            "{order}: {}",
            answer["error"]
        );
        answer["ok"].take()
    }

    pub fn open(&mut self, url: &str) {
        self.order(&json!({ "do": "open", "url": url }));
    }

    pub fn reload(&mut self) {
        self.order(&json!({ "do": "reload" }));
    }

    pub fn click(&mut self, testid: &str) {
        self.order(&json!({ "do": "click", "testid": testid }));
    }

    pub fn fill(&mut self, testid: &str, text: &str) {
        self.order(&json!({ "do": "fill", "testid": testid, "text": text }));
    }

    /// Moves a slider and lets go.
    pub fn slide(&mut self, testid: &str, value: u64) {
        self.order(&json!({ "do": "slide", "testid": testid, "value": value }));
    }

    pub fn shown(&mut self, testid: &str) {
        self.order(&json!({ "do": "shown", "testid": testid }));
    }

    pub fn gone(&mut self, testid: &str) {
        self.order(&json!({ "do": "gone", "testid": testid }));
    }

    pub fn blur(&mut self) {
        self.order(&json!({ "do": "blur" }));
    }

    pub fn text(&mut self, testid: &str) -> String {
        let text = self.order(&json!({ "do": "text", "testid": testid }));
        text.as_str().unwrap_or_default().to_owned()
    }

    pub fn value(&mut self, testid: &str) -> String {
        let value = self.order(&json!({ "do": "value", "testid": testid }));
        value.as_str().unwrap_or_default().to_owned()
    }

    pub fn attribute(&mut self, testid: &str, name: &str) -> String {
        let value = self.order(&json!({ "do": "attribute", "testid": testid, "name": name }));
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an attribute reads so.
    pub fn until(&mut self, testid: &str, name: &str, mut suits: impl FnMut(&str) -> bool) {
        let until = Instant::now() + PATIENCE;
        loop {
            let value = self.attribute(testid, name);
            if suits(&value) {
                return;
            }
            assert!(
                Instant::now() < until,
                "{testid}'s {name} stays `{value}` for {PATIENCE:?}"
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// What is wrong with the page for people who cannot see, hear or point well.
    pub fn barriers(&mut self) -> Vec<String> {
        list(&self.order(&json!({ "do": "axe" })))
    }

    /// The errors that the page printed since the last look.
    pub fn errors(&mut self) -> Vec<String> {
        list(&self.order(&json!({ "do": "said" })))
    }
}

fn list(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

impl Drop for Browser {
    fn drop(&mut self) {
        if thread::panicking()
            && let Some(orders) = &mut self.orders
        {
            let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("out");
            let path = folder.join(format!("browser-{}.png", std::process::id()));
            let order = json!({ "do": "picture", "path": path });
            if writeln!(orders, "{order}").is_ok() {
                let mut answer = String::new();
                let _ = self.answers.read_line(&mut answer);
                eprintln!("--- the browser's last page: {}", path.display());
            }
        }
        // The end of its input ends the driver, and the driver its Chromium.
        drop(self.orders.take());
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
