//! One page that contains the weights and predicts in the browser, without a server.
//!
//! | file | subject |
//! |---|---|
//! | `encoding.js` | raw values → inputs of the first layer |
//! | `network.js` | inputs → probabilities |
//! | `digit.js` | strokes → grey levels in MNIST's form |
//! | `page.js` | input → results |

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Exported;
use crate::svg::escape;
use crate::web::{self, head};
use mlp_core::config::LEAKY_RELU_SLOPE;

const SCRIPTS: [&str; 4] = [
    include_str!("encoding.js"),
    include_str!("network.js"),
    include_str!("digit.js"),
    include_str!("page.js"),
];

/// Returns the page as HTML.
pub(super) fn page(model: &Exported) -> String {
    let weights: Vec<u8> = model
        .layers()
        .iter()
        .flat_map(|layer| layer.weight.iter().chain(&layer.bias))
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let input = if model.images.is_some() {
        web::DRAWING
    } else {
        web::FORM
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
<p class="soft">{architecture}, weights of step {step}. Runs in your browser; no data is sent.</p>
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
        head = head(&format!("{name} – prediction"), web::PREDICTION_STYLE),
        heading = escape(name),
        architecture = escape(&model.architecture()),
        step = model.step,
        results = web::RESULTS,
        paste = web::PASTE,
        about = about(model),
        weights = STANDARD.encode(weights),
        scripts = web::SCRIPTS.concat() + &SCRIPTS.concat(),
    )
}

/// Returns what the scripts need of the model, as JSON that cannot end the script element around it.
fn about(model: &Exported) -> String {
    let (schema, preprocessor) = (&model.model.schema, &model.model.preprocessor);
    let picture = model
        .images
        .as_ref()
        .map(|form| json!({ "side": form.side, "paper": form.background, "ink": form.foreground }));
    let rule = model.model.decision.rule();
    let about = json!({
        "sizes": model.model.network.sizes(),
        "activation": model.activation().name(),
        "slope": LEAKY_RELU_SLOPE,
        "classes": model.classes(),
        "target": model.target(),
        "decision": {
            "temperature": model.model.decision.temperature,
            "positive": rule.map(|(class, _)| class),
            "threshold": rule.map(|(_, threshold)| threshold),
        },
        "columns": picture.is_none().then(|| web::fields(schema, preprocessor)),
        "preprocessing": preprocessor,
        "picture": picture,
    });
    about.to_string().replace('<', "\\u003c")
}
