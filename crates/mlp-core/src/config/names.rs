//! What may be a run's name and a device's.

use super::Config;
use super::finding::Finding;

/// Names of devices that Windows keeps for itself, with or without an extension.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

pub(super) fn findings(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(why) = why_no_folder(&config.name) {
        let message = format!(
            "`name` must be the name of a folder, and {:?} {why}",
            config.name
        );
        let help = "letters, digits, `-` and `_` are always fine";
        findings.push(Finding::new("name", message).help(help));
    }
    if !is_device(&config.device) {
        let message = format!("`device` cannot be {:?}", config.device);
        let help = "write auto, cpu, discrete:0, integrated:0 or virtual:0; the number counts the GPUs of that kind";
        findings.push(Finding::new("device", message).help(help));
    }
    findings
}

/// Why a folder cannot be called so on every system.
fn why_no_folder(name: &str) -> Option<String> {
    let forbidden = |c: char| c.is_control() || r#"/\<>:"|?*"#.contains(c);
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    if name.is_empty() {
        Some("is empty".to_owned())
    } else if let Some(character) = name.chars().find(|c| forbidden(*c)) {
        Some(format!("has {character:?} in it"))
    } else if name.starts_with('.') {
        Some("begins with a dot".to_owned())
    } else if name.ends_with('.') || name.trim() != name {
        Some("ends with a dot, or begins or ends with a space".to_owned())
    } else if RESERVED.contains(&stem.as_str()) {
        Some("is reserved on Windows".to_owned())
    } else if name.len() > 255 {
        Some("is longer than 255 bytes".to_owned())
    } else {
        None
    }
}

/// Whether this names a device of wgpu: `auto`, `cpu`, `discrete:N`, `integrated:N` or `virtual:N`.
#[must_use]
pub fn is_device(device: &str) -> bool {
    match device.split_once(':') {
        None => matches!(device, "auto" | "cpu"),
        Some((kind, number)) => {
            let digits = number.bytes().all(|byte| byte.is_ascii_digit());
            matches!(kind, "discrete" | "integrated" | "virtual")
                && digits
                && number.parse::<usize>().is_ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names() {
        for name in ["mnist", "wide-64_v1.2", "größe", "a b"] {
            assert_eq!(why_no_folder(name), None, "{name}");
        }
        for name in [
            "", "a/b", "a\\b", "..", ".hidden", "a.", " a", "a\n", "NUL", "con.x", "a:b",
        ] {
            assert!(why_no_folder(name).is_some(), "{name:?}");
        }
        assert!(why_no_folder(&"a".repeat(256)).is_some());
    }

    #[test]
    fn device_names() {
        for device in ["auto", "cpu", "discrete:0", "integrated:12", "virtual:1"] {
            assert!(is_device(device), "{device}");
        }
        for device in [
            "",
            "gpu",
            "discrete",
            "discrete:",
            "discrete:-1",
            "discrete:+1",
            "cpu:0",
        ] {
            assert!(!is_device(device), "{device:?}");
        }
    }
}
