//! One page that predicts in a browser, with the weights inside: no server and no model.
//!
//! | file | subject |
//! |---|---|
//! | `model.js` | weights → probabilities |
//! | `digit.js` | strokes → grey levels in the form of the network's pictures |
//! | `page.js` | input → results |

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Exported;
use super::scaling::Scaling;
use crate::pages;
use crate::report::{escape, head};
use mlp_core::config::LEAKY_RELU_SLOPE;

const SCRIPTS: [&str; 3] = [
    include_str!("network.js"),
    include_str!("digit.js"),
    include_str!("page.js"),
];

/// The page.
pub(super) fn page(model: &Exported) -> String {
    let weights: Vec<u8> = model
        .layers()
        .iter()
        .flat_map(|layer| layer.weight.iter().chain(&layer.bias))
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let input = if model.images.is_some() {
        pages::DRAWING
    } else {
        pages::FORM
    };
    let name = &model.name;
    let fallback = model.fallback.as_ref().map_or_else(String::new, |why| {
        format!(
            "<p class=\"warning\">Not trained on the configured data: {}</p>\n",
            escape(why)
        )
    });
    format!(
        r#"{head}<body>
<header>
<h1>{heading}</h1>
<p class="soft">{architecture}, weights of step {step}. All is computed in this page; nothing leaves it.</p>
{fallback}</header>
<noscript><p class="warning">This page computes in the browser: it needs scripts.</p></noscript>
<main>
{input}{results}{paste}</main>
<script type="application/json" id="about">{about}</script>
<script type="text/plain" id="weights">{weights}</script>
<script>
{scripts}</script>
</body>
</html>
"#,
        head = head(&format!("{name} – prediction"), pages::STYLE),
        heading = escape(name),
        architecture = escape(&model.architecture()),
        step = model.step,
        results = pages::RESULTS,
        paste = pages::PASTE,
        about = about(model),
        weights = STANDARD.encode(weights),
        scripts = pages::SCRIPTS.concat() + &SCRIPTS.concat(),
    )
}

/// What the scripts know of the model, as JSON that cannot end the element it is in.
fn about(model: &Exported) -> String {
    let scaling = Scaling::from(&model.model.preprocessor);
    let picture = model
        .images
        .as_ref()
        .map(|form| json!({ "side": form.side, "paper": form.paper, "ink": form.ink }));
    let about = json!({
        "sizes": model.model.network.sizes(),
        "activation": model.activation().name(),
        "slope": LEAKY_RELU_SLOPE,
        "classes": model.classes(),
        "features": picture.is_none().then_some(&model.model.schema.feature_names()),
        "scale": scaling.kind,
        "mean": scaling.mean,
        "deviation": scaling.deviation,
        "fill": model.model.fill,
        "picture": picture,
    });
    about.to_string().replace('<', "\\u003c")
}
