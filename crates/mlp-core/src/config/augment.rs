//! How training rows are deformed: what may be written, and what makes sense.

pub use mlp_data::options::{AugmentSection, ElasticTable};

use super::Config;
use super::finding::{Finding, percent};

/// The bounds lie far beyond any use, and keep coordinates where `f32` still tells pixels apart.
pub(super) fn findings(config: &Config) -> Vec<Finding> {
    let augment = &config.augment;
    let mut findings = Vec::new();
    let mut must = |holds: bool, key: &str, be: &str, value: f64| {
        if !holds {
            let key = format!("augment.{key}");
            let message = format!("`{key}` must be {be}, not {value}");
            findings.push(Finding::new(&key, message));
        }
    };
    for (key, unit, most, value) in [
        ("shift", "pixels", 1000.0, augment.shift),
        ("rotate", "degrees", 180.0, augment.rotate),
        ("shear", "degrees", 80.0, augment.shear),
    ] {
        let be = format!("from 0 to {most} {unit}");
        must((0.0..=most).contains(&value), key, &be, value);
    }
    if let Some(ElasticTable { alpha, sigma }) = augment.elastic {
        let strength = (0.0..=10_000.0).contains(&alpha);
        must(strength, "elastic.alpha", "from 0 to 10000 pixels", alpha);
        let smoothness = (0.1..=1000.0).contains(&sigma);
        must(
            smoothness,
            "elastic.sigma",
            "from 0.1 to 1000 pixels",
            sigma,
        );
    }
    let scale = augment.scale;
    if !(0.0..1.0).contains(&scale) {
        let message = format!("`augment.scale` must be at least 0 and below 1, not {scale}");
        let mut finding = Finding::new("augment.scale", message);
        finding.help = (2.0..100.0).contains(&scale).then(|| percent(scale));
        findings.push(finding);
    }
    findings
}
