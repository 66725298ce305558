//! Each backend: whether it is there, computes right, and how fast.

use std::panic::AssertUnwindSafe;

use crate::backend;
use crate::config::BackendKind;
use crate::diagnosis::{TOLERANCE, gradient_error, step_milliseconds};
use serde::Serialize;

use crate::panics;

/// What became of a backend's trial.
#[derive(Serialize)]
pub struct BackendReport {
    pub name: &'static str,
    pub compiled: bool,
    /// It has a device, and the device computes the right gradient.
    pub works: bool,
    /// Of a small network; absent if it could not be computed.
    pub gradient_error: Option<f64>,
    /// A forward and backward pass of 64 rows through 784–64–10.
    pub step_milliseconds: Option<f64>,
    /// Why it does not work.
    pub problem: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// Tries all backends, wgpu on this device.
pub fn all(device: &str) -> Vec<BackendReport> {
    let kinds = BackendKind::ALL.into_iter();
    kinds.map(|kind| BackendReport::of(kind, device)).collect()
}

/// Says so if a CPU was faster than the GPU.
pub fn advice(reports: &[BackendReport]) -> Option<String> {
    let time = |report: &BackendReport| report.works.then_some(report.step_milliseconds).flatten();
    let gpu = BackendKind::Wgpu.name();
    let on_gpu = reports.iter().find(|report| report.name == gpu);
    let on_gpu = on_gpu.and_then(time)?;
    let others = reports.iter().filter(|report| report.name != gpu);
    let timed = others.filter_map(|report| Some((report.name, time(report)?)));
    let (name, fastest) = timed.min_by(|a, b| a.1.total_cmp(&b.1))?;
    (fastest < on_gpu).then(|| {
        format!(
            "small networks and small batches train faster on {name} here: {fastest:.2} ms against {on_gpu:.2} ms"
        )
    })
}

impl BackendReport {
    fn of(kind: BackendKind, device: &str) -> Self {
        let compiled = backend::compiled().contains(&kind);
        let mut report = Self {
            name: kind.name(),
            compiled,
            works: false,
            gradient_error: None,
            step_milliseconds: None,
            problem: None,
            remedy: None,
        };
        if !compiled {
            report.problem = Some("not compiled in".to_owned());
            report.remedy = Some(format!("cargo run --features {0} -- doctor", kind.name()));
            return report;
        }
        // A driver that is broken tends to panic rather than to say so. Nothing of the trial is used
        // after a panic.
        let trial = panics::attempt(AssertUnwindSafe(|| {
            let device = backend::device(kind, device)
                .map_err(|error| (error.to_string(), crate::hints::backend_hint(&error)))?;
            let error = gradient_error(&device);
            let step = step_milliseconds(&device);
            Ok((error, step))
        }));
        let broken =
            || "install or update its driver; another backend computes without it".to_owned();
        match trial {
            Ok(Ok((error, step))) => {
                report.works = error <= TOLERANCE;
                report.gradient_error = error.is_finite().then_some(error);
                report.step_milliseconds = Some(step);
                if !report.works {
                    let problem = format!("computes a wrong gradient (off by {error:.1e})");
                    report.problem = Some(problem);
                    report.remedy = Some(broken());
                }
            }
            Ok(Err((problem, remedy))) => {
                report.problem = Some(problem);
                report.remedy = Some(remedy);
            }
            Err(panic) => {
                report.problem = Some(format!("fails: {panic}"));
                report.remedy = Some(broken());
            }
        }
        report
    }

    /// On one line.
    pub fn describe(&self) -> String {
        let name = format!("{:<8}", self.name);
        if let Some(problem) = &self.problem {
            let stress = if self.compiled { "DOES NOT WORK: " } else { "" };
            let remedy = self.remedy.as_ref().map(|remedy| format!(" ({remedy})"));
            return format!("{name} {stress}{problem}{}", remedy.unwrap_or_default());
        }
        let error = self.gradient_error.unwrap_or(f64::NAN);
        let step = self.step_milliseconds.map_or_else(String::new, |step| {
            format!(", {step:.2} ms for forward and backward of 64 rows through 784–64–10")
        });
        format!("{name} works: gradient right to {error:.0e}{step}")
    }
}
