//! ONNX, run by tract.

use std::io::Cursor;

use mlp::export::Format;
use tract_onnx::prelude::*;

use super::{Case, images, variants};

pub fn probabilities(case: &Case) -> Vec<f64> {
    let (rows, columns) = (case.expected.len(), case.rows.columns());
    let model = tract_onnx::onnx()
        .model_for_read(&mut Cursor::new(case.export(Format::Onnx)))
        .unwrap()
        .into_optimized()
        .unwrap()
        .into_runnable()
        .unwrap();
    let input = tract_ndarray::Array2::from_shape_vec((rows, columns), case.values()).unwrap();
    let output = model.run(tvec!(input.into_tensor().into())).unwrap();
    let output = output[0].to_plain_array_view::<f32>().unwrap();
    assert_eq!(output.shape(), [rows, case.trained.model.classes().len()]);
    output.iter().copied().map(f64::from).collect()
}

#[test]
fn tract_says_of_every_image_what_the_program_says() {
    images().assert_same("onnx", &probabilities(images()));
}

#[test]
fn every_activation_and_scaling_is_in_the_graph() {
    for case in variants() {
        case.assert_same("onnx", &probabilities(case));
    }
}

#[test]
fn the_graph_names_its_classes() {
    let case = &variants()[0];
    let model = tract_onnx::onnx()
        .proto_model_for_read(&mut Cursor::new(case.export(Format::Onnx)))
        .unwrap();
    let property = |key: &str| {
        let found = model.metadata_props.iter().find(|entry| entry.key == key);
        found.unwrap().value.clone()
    };
    let classes: Vec<String> = serde_json::from_str(&property("class_names")).unwrap();
    assert_eq!(classes, case.trained.model.classes());
    let features: Vec<String> = serde_json::from_str(&property("feature_names")).unwrap();
    assert_eq!(features, ["width", "height"]);
    let graph = model.graph.clone().unwrap();
    assert_eq!((model.ir_version, model.opset_import[0].version), (7, 13));
    assert_eq!(graph.input[0].name, "input");
    assert_eq!(graph.output[0].name, "probabilities");
}
