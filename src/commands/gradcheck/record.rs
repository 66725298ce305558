//! The result of a check, as JSON and as text.

use std::time::Duration;

use crate::config::Reduction;
use crate::gradcheck::{Bar, Check, Comparison, Float64, Method, Options, Pair, Parameter, Worst};
use crate::training::Prepared;
use serde::Serialize;

use crate::commands::text::{counted, duration, fallback_warning, grouped};

/// The result of a check, and what was checked.
#[derive(Serialize)]
pub struct Record {
    pub layer_sizes: Vec<usize>,
    pub activation: &'static str,
    pub reduction: Reduction,
    pub backend: &'static str,
    /// Rows of the batch.
    pub rows: usize,
    /// Weights and biases of the network.
    pub parameters: usize,
    /// Parameters of each tensor whose central differences were taken; absent if all were.
    pub sample: Option<usize>,
    pub injected_bug: Option<&'static str>,
    /// Set if the rows are not those of the configured data.
    pub fallback: Option<String>,
    /// What is left out, and how the errors are judged.
    pub notes: Vec<String>,
    pub passed: bool,
    /// The method that disagrees with the others, which agree.
    pub suspect: Option<Method>,
    /// Tensors whose errors exceed a bar, those closest to the output first.
    pub missed: Vec<Missed>,
    pub pairs: Vec<Pair>,
    pub seconds: f64,
}

/// A tensor whose error exceeds a bar.
#[derive(Serialize)]
pub struct Missed {
    pub layer: usize,
    pub parameter: Parameter,
    pub methods: [Method; 2],
}

impl Record {
    pub fn new(prepared: &Prepared, options: &Options, check: Check, time: Duration) -> Self {
        let config = &prepared.config;
        let missed = check.missed().into_iter().map(|(pair, tensor)| Missed {
            layer: tensor.layer,
            parameter: tensor.parameter,
            methods: pair.methods,
        });
        let sizes = &prepared.layer_sizes;
        Self {
            activation: config.model.activation.name(),
            reduction: config.optimizer.gradient_reduction,
            backend: config.backend.name(),
            rows: prepared.batches.range(0).len(),
            parameters: crate::model::parameter_counts(sizes).iter().sum(),
            sample: options.sample,
            injected_bug: options.bug.map(crate::gradcheck::Bug::name),
            fallback: prepared.fallback().map(str::to_owned),
            notes: notes(prepared, options, &check),
            passed: check.passed(),
            suspect: check.suspect(),
            missed: missed.collect(),
            layer_sizes: sizes.clone(),
            pairs: check.pairs,
            seconds: time.as_secs_f64(),
        }
    }
}

fn notes(prepared: &Prepared, options: &Options, check: &Check) -> Vec<String> {
    let config = &prepared.config;
    let (backend, activation) = (config.backend.name(), config.model.activation.name());
    let mut notes = Vec::new();
    if let Some(bug) = options.bug {
        let (name, what) = (bug.name(), bug.description());
        notes.push(format!("planted in the closed form: {name} ({what})"));
    }
    if config.optimizer.clip_norm > 0.0 {
        notes.push("optimizer.clip_norm is left out: it scales gradients that are right".into());
    }
    if config.model.dropout > 0.0 {
        notes.push("model.dropout is left out: all units take part".into());
    }
    if prepared.augmentation.is_some() {
        notes.push("[augment] is left out: the rows are taken as they are".into());
    }
    match options.float64 {
        Float64::Exact => {}
        Float64::RoundedInActivation => notes.push(format!(
            "{backend} rounds {activation} to float32 whatever the tensors' type: its float64 gradients are held to the float32 bar"
        )),
        Float64::Missing => notes.push(format!(
            "{backend} has no float64: its gradients are held to the float32 bar"
        )),
    }
    if let Some(note) = floor_note(check) {
        notes.push(note);
    }
    for tensor in check.pairs.iter().take(1).flat_map(|pair| &pair.tensors) {
        if tensor.zeros == tensor.compared {
            notes.push(format!(
                "layer {} {}: every gradient is 0 on this batch, where units may be saturated or dead: that they agree proves nothing",
                tensor.layer,
                tensor.parameter.name()
            ));
        }
    }
    // Each pair with central differences leaves out the same parameters.
    let sampled = check
        .pairs
        .iter()
        .find(|pair| pair.methods.contains(&Method::CentralDifferences));
    for tensor in sampled.iter().flat_map(|pair| &pair.tensors) {
        if tensor.at_kinks > 0 {
            notes.push(format!(
                "layer {} {}: {} of {} lie at a kink of {activation}, where there is no gradient, and are left out of the central differences",
                tensor.layer,
                tensor.parameter.name(),
                tensor.at_kinks,
                counted(tensor.at_kinks + tensor.compared, "parameter"),
            ));
        }
    }
    notes
}

/// Returns how float32 is judged, if that decided anything.
fn floor_note(check: &Check) -> Option<String> {
    let floored = check.pairs.iter().filter(|pair| pair.bar.floor_share > 0.0);
    let errors = floored.flat_map(|pair| {
        let passed = pair.tensors.iter().filter(|tensor| tensor.passed);
        passed.filter_map(|tensor| tensor.largest_error.filter(|error| *error > pair.bar.bar))
    });
    let largest = errors.fold(0.0, f64::max);
    (largest > 0.0).then(|| {
        format!(
            "float32 rounds on the scale of a tensor's large gradients: one below {} % of the largest is judged as if it \
             were that large (as a share of themselves, the smallest are off by up to {largest:.1e})",
            100.0 * Bar::FLOAT32.floor_share
        )
    })
}

/// Describes everything that was found, tensor by tensor.
pub fn describe(record: &Record) -> String {
    let fallback = record.fallback.as_deref();
    let mut text = fallback.map_or_else(String::new, |why| fallback_warning(why, "below"));
    let sizes: Vec<String> = record.layer_sizes.iter().map(usize::to_string).collect();
    let reduction = match record.reduction {
        Reduction::Mean => "mean",
        Reduction::Sum => "summed",
    };
    text += &format!(
        "gradients of {} ({}, {reduction} loss) on {} by {}\n",
        sizes.join("–"),
        record.activation,
        counted(record.rows, "row"),
        record.backend
    );
    for note in &record.notes {
        text += &format!("  note: {note}\n");
    }
    let tensors = record.pairs.first().map_or(0, |pair| pair.tensors.len());
    for number in 0..tensors {
        for (index, pair) in record.pairs.iter().enumerate() {
            let tensor = &pair.tensors[number];
            if index == 0 {
                text += &format!(
                    "\n{}: {}\n",
                    tensor_name(tensor),
                    counted(tensor.parameters, "parameter")
                );
            }
            text += &comparison_line(pair.methods, tensor);
        }
    }
    text + &conclusion(record)
}

/// Describes two methods on one tensor: the largest error, whether it passed, and where it is.
fn comparison_line(methods: [Method; 2], tensor: &Comparison) -> String {
    let methods = format!("{} : {}", methods[0].name(), methods[1].name());
    let Some(worst) = &tensor.worst else {
        return format!("  {methods:<33}  nothing to compare\n");
    };
    let verdict = if tensor.passed { "ok" } else { "MISSED" };
    let sampled = if tensor.compared < tensor.parameters {
        format!(", of {}", grouped(tensor.compared as u64))
    } else {
        String::new()
    };
    format!(
        "  {methods:<33}  {:>7}  {verdict:<6}  {}{sampled}\n",
        error_text(worst),
        place_and_values(tensor, worst)
    )
}

/// Describes what is wrong, and where to look first; `None` if all is right.
pub fn describe_failure(check: &Check) -> Option<String> {
    let missed = check.missed();
    let (pair, first) = *missed.first()?;
    let mut names: Vec<String> = Vec::new();
    for (_, tensor) in &missed {
        let name = tensor_name(tensor);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let [a, b] = pair.methods.map(Method::name);
    let worst = first.worst.as_ref();
    let at = worst.map_or_else(String::new, |worst| {
        format!(
            ": {a} and {b} differ by {}, where the bar is {:.0e}, at {}",
            error_text(worst),
            pair.bar.bar,
            place_and_values(first, worst)
        )
    });
    let suspect = match check.suspect() {
        None => String::new(),
        Some(Method::Autodiff32) => {
            ". In float64 all agree: float32 rounds too coarsely here, where inputs are large (see data.scale) or units \
             saturated"
                .to_owned()
        }
        Some(Method::CentralDifferences) => {
            ". Autodiff and the closed form agree, but not with the slope of the loss: they share a mistake".to_owned()
        }
        Some(method) => {
            let name = method.name();
            format!(". The others agree with each other and not with it: the {name} is wrong")
        }
    };
    let others = match &names[1..] {
        [] => String::new(),
        more => format!(
            ". Wrong too: {}. Errors travel from the last layer to the first: look at layer {} first, and at the way back to it",
            more.join(", "),
            first.layer
        ),
    };
    Some(format!(
        "the gradient of {} is not right{at}{suspect}{others}",
        names[0]
    ))
}

fn conclusion(record: &Record) -> String {
    let differences = match record.sample {
        None => String::new(),
        Some(_) => ", central differences of a sample".to_owned(),
    };
    let parameters = counted(record.parameters, "parameter");
    let time = duration(record.seconds);
    if record.passed {
        format!("\nright: the gradients of {parameters} agree{differences} ({time})\n")
    } else {
        let tensors = counted(record.missed.len(), "comparison");
        format!("\nNOT right: {tensors} missed, of {parameters}{differences} ({time})\n")
    }
}

/// Returns `layer 1 weights`.
fn tensor_name(tensor: &Comparison) -> String {
    format!("layer {} {}", tensor.layer, tensor.parameter.name())
}

/// Returns `weights[406, 57] (pixel 15x15): 1.234567e-5 and 1.234568e-5`.
fn place_and_values(tensor: &Comparison, worst: &Worst) -> String {
    let (parameter, unit) = (tensor.parameter.name(), worst.unit);
    let index = worst
        .input
        .map_or_else(|| format!("[{unit}]"), |input| format!("[{input}, {unit}]"));
    let feature = worst.feature.as_ref();
    let feature = feature.map_or_else(String::new, |feature| format!(" ({feature} → unit {unit})"));
    let [a, b] = worst.values;
    format!("{parameter}{index}{feature}: {a:.6e} and {b:.6e}")
}

fn error_text(worst: &Worst) -> String {
    match worst.error {
        Some(error) if error >= 0.01 => format!("{error:.2}"),
        Some(error) => format!("{error:.1e}"),
        None => "no number".to_owned(),
    }
}
