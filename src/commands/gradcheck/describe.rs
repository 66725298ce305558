//! What a check came to, for a reader.

use crate::config::Reduction;
use crate::gradcheck::{Check, Comparison, Method, Worst};

use super::record::Record;
use crate::commands::terminal::{counted, duration, grouped, stand_in_warning};

/// Everything that was found, tensor by tensor.
pub fn text(record: &Record) -> String {
    let fallback = record.fallback.as_deref();
    let mut text = fallback.map_or_else(String::new, |why| stand_in_warning(why, "below"));
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
                    name(tensor),
                    counted(tensor.parameters, "parameter")
                );
            }
            text += &line(pair.methods, tensor);
        }
    }
    text + &conclusion(record)
}

/// Two methods on one tensor: the largest error, whether it is right, and where it is.
fn line(methods: [Method; 2], tensor: &Comparison) -> String {
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
        error(worst),
        place_and_values(tensor, worst)
    )
}

/// What is wrong, and where to look first; nothing if all is right.
pub fn failure(check: &Check) -> Option<String> {
    let missed = check.missed();
    let (pair, first) = *missed.first()?;
    let mut names: Vec<String> = Vec::new();
    for (_, tensor) in &missed {
        let name = name(tensor);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let [a, b] = pair.methods.map(Method::name);
    let worst = first.worst.as_ref();
    let at = worst.map_or_else(String::new, |worst| {
        format!(
            ": {a} and {b} differ by {}, where the bar is {:.0e}, at {}",
            error(worst),
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
    let behind = match &names[1..] {
        [] => String::new(),
        more => format!(
            ". Wrong too: {}. Errors travel from the last layer to the first: look at layer {} first, and at the way back to it",
            more.join(", "),
            first.layer
        ),
    };
    Some(format!(
        "the gradient of {} is not right{at}{suspect}{behind}",
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

/// `layer 1 weights`
fn name(tensor: &Comparison) -> String {
    format!("layer {} {}", tensor.layer, tensor.parameter.name())
}

/// `weights[406, 57] (pixel 15x15): 1.234567e-5 and 1.234568e-5`
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

fn error(worst: &Worst) -> String {
    match worst.error {
        Some(error) if error >= 0.01 => format!("{error:.2}"),
        Some(error) => format!("{error:.1e}"),
        None => "no number".to_owned(),
    }
}
