//! How training rows are deformed: what may be written, and what makes sense.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Config;
use super::finding::{Finding, percent};

/// `[augment]`: each training row is deformed anew in each epoch. Validation and test rows never are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AugmentSection {
    /// Most pixels that a picture is moved by, along each axis.
    pub shift: f64,
    /// Most degrees that a picture is turned by, either way.
    pub rotate: f64,
    /// Largest share by which a picture grows or shrinks, along each axis.
    pub scale: f64,
    /// Most degrees that upright strokes are slanted by, either way.
    pub shear: f64,
    /// A smooth random displacement of each pixel (Simard et al. 2003).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elastic: Option<ElasticTable>,
}

/// How strongly and how smoothly pixels are displaced.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElasticTable {
    /// Displacement in pixels before it is smoothed, which leaves a small part of it; 0 is off.
    pub alpha: f64,
    /// Standard deviation, in pixels, of the Gaussian that smooths.
    pub sigma: f64,
}

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
