//! A real browser, headless, driven over the `DevTools` protocol: JSON messages through a pipe, each ended by a
//! zero byte.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longest wait for an answer, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(90);

const FLAGS: &str = "--headless --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --disable-extensions \
    --hide-scrollbars --force-color-profile=srgb --font-render-hinting=none --remote-debugging-pipe";

/// A browser with one open page.
pub struct Browser {
    process: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    last_id: u64,
    /// What went wrong in the page: exceptions, `console.error`, refused requests.
    pub errors: Vec<String>,
    /// Addresses that were asked for, data within the page aside.
    pub requests: Vec<String>,
    loaded: bool,
    _profile: TempDir,
}

/// Chromium by the names it goes by; `None`, said aloud, if there is none.
fn executable() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let folders = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&folders)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|path| path.is_file());
    if found.is_none() {
        // Not `eprintln!`, which the test harness swallows when the test passes.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: no browser; install chromium to test pages"
        );
    }
    found
}

impl Browser {
    /// Starts one, with an empty page; `None` if there is none on this machine.
    pub fn start() -> Option<Self> {
        let executable = executable()?;
        let profile = tempfile::tempdir().unwrap();
        // The browser reads its file descriptor 3 and writes 4.
        let script = format!(
            "exec '{}' {FLAGS} --user-data-dir='{}' about:blank 3<&0 4>&1 </dev/null >/dev/null",
            executable.display(),
            profile.path().display()
        );
        let mut process = Command::new("sh")
            .args(["-c", &script])
            // Nothing of it is kept.
            .env("HOME", profile.path())
            .env("TMPDIR", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (sender, messages) = mpsc::channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while output
                .read_until(0, &mut message)
                .is_ok_and(|length| length > 0)
            {
                message.pop();
                let value = serde_json::from_slice(&message).unwrap_or(Value::Null);
                message.clear();
                if sender.send(value).is_err() {
                    break;
                }
            }
        });
        let mut browser = Self {
            process,
            input,
            messages,
            session: None,
            last_id: 0,
            errors: Vec::new(),
            requests: Vec::new(),
            loaded: false,
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", &target);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        browser.network(false);
        Some(browser)
    }

    /// Whether it may ask for anything beyond files; at first it may not.
    pub fn network(&mut self, is_there: bool) {
        let conditions = json!({"offline": !is_there, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        self.call("Network.emulateNetworkConditions", &conditions);
    }

    /// Sends a command and waits for its answer; what happens in between is noted.
    #[track_caller]
    pub fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let mut message = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.write_all(&bytes).unwrap();
        self.input.flush().unwrap();
        loop {
            let answer = self
                .messages
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|error| panic!("{method}: no answer from the browser: {error}"));
            if answer["id"] == id {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            self.note(&answer);
        }
    }

    fn note(&mut self, event: &Value) {
        let about = &event["params"];
        match event["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" => self.errors.push(about["exceptionDetails"].to_string()),
            "Runtime.consoleAPICalled" if about["type"] == "error" => {
                self.errors.push(about["args"].to_string());
            }
            "Log.entryAdded" if about["entry"]["level"] == "error" => {
                self.errors.push(about["entry"].to_string());
            }
            "Network.requestWillBeSent" => {
                let url = about["request"]["url"].as_str().unwrap_or_default();
                if !url.starts_with("data:") {
                    self.requests.push(url.to_owned());
                }
            }
            "Page.loadEventFired" => self.loaded = true,
            _ => {}
        }
    }

    /// Opens an address and waits until it is loaded.
    #[track_caller]
    pub fn open(&mut self, address: &str) {
        self.loaded = false;
        let result = self.call("Page.navigate", &json!({"url": address}));
        assert!(result["errorText"].is_null(), "{address}: {result}");
        self.wait_until_loaded(address);
    }

    /// Runs a script that reloads the page, and waits until it has.
    #[track_caller]
    pub fn reload_by(&mut self, script: &str) {
        self.loaded = false;
        self.evaluate(script);
        self.wait_until_loaded(script);
    }

    #[track_caller]
    fn wait_until_loaded(&mut self, why: &str) {
        let started = Instant::now();
        while !self.loaded {
            let left = PATIENCE.saturating_sub(started.elapsed());
            let event = self
                .messages
                .recv_timeout(left)
                .unwrap_or_else(|error| panic!("{why}: nothing is loaded: {error}"));
            self.note(&event);
        }
    }

    /// Opens a file.
    #[track_caller]
    pub fn open_file(&mut self, path: &Path) {
        self.open(&file_address(path));
    }

    /// Value of a script's last expression; promises are waited for.
    #[track_caller]
    pub fn evaluate(&mut self, script: &str) -> Value {
        let parameters = json!({"expression": script, "returnByValue": true, "awaitPromise": true});
        let result = self.call("Runtime.evaluate", &parameters);
        let exception = &result["exceptionDetails"];
        assert!(exception.is_null(), "{script}: {exception}");
        result["result"]["value"].clone()
    }

    /// Size of the view in CSS pixels, and the pixels of the screen in each.
    pub fn view(&mut self, width: u32, height: u32, scale: f64) {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// What the reader prefers: `light` or `dark`.
    pub fn colour_scheme(&mut self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"}]);
        self.call("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    /// Presses the mouse in the middle of the first element that a CSS selector finds, after scrolling to it.
    #[track_caller]
    pub fn click(&mut self, selector: &str) {
        let place = self.evaluate(&format!(
            "(() => {{ const element = document.querySelector({selector:?}); if (!element) return null; \
             element.scrollIntoView({{block: 'center', inline: 'center'}}); const box = element.getBoundingClientRect(); \
             return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        let (x, y) = (place[0].as_f64(), place[1].as_f64());
        assert!(x.is_some(), "{selector}: no such element");
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", &event);
        }
    }

    /// Presses a key by its name, such as `Tab`, `Enter`, `ArrowRight`.
    pub fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, None),
            "Enter" => (13, Some("\r")),
            "Escape" => (27, None),
            " " => (32, Some(" ")),
            "End" => (35, None),
            "ArrowLeft" => (37, None),
            "ArrowUp" => (38, None),
            "ArrowRight" => (39, None),
            "ArrowDown" => (40, None),
            other => panic!("{other}: what is its code?"),
        };
        let mut event = json!({"type": if text.is_some() { "keyDown" } else { "rawKeyDown" },
            "key": key, "code": key, "windowsVirtualKeyCode": code});
        if let Some(text) = text {
            event["text"] = json!(text);
        }
        self.call("Input.dispatchKeyEvent", &event);
        event["type"] = json!("keyUp");
        self.call("Input.dispatchKeyEvent", &event);
    }

    /// What is seen, as PNG.
    pub fn screenshot(&mut self) -> Vec<u8> {
        let result = self.call("Page.captureScreenshot", &json!({"format": "png"}));
        STANDARD.decode(result["data"].as_str().unwrap()).unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill(); // it may have gone by itself
        let _ = self.process.wait();
    }
}

/// Address of a file.
pub fn file_address(path: &Path) -> String {
    format!("file://{}", path.canonicalize().unwrap().display())
}
