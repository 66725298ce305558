//! Charts, reports and exports of a trained multilayer perceptron, and the import of weights.
//!
//! | part | subject |
//! |---|---|
//! | [`report`] | the charts and the page of a run |
//! | [`export`] | a model as ONNX, C, HTML or bare weights |
//! | [`import`] | weights that were trained elsewhere |
//! | [`web`] | what web pages share |
//! | `charts`, `svg` | plain data → drawings, drawings → SVG and PNG |

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts are far below 2⁵³, shares and colours are clamped, and the network's numbers are float32"
)]
#![allow(
    clippy::format_collect,
    reason = "pages are put together piece by piece; an allocation more does not matter there"
)]

mod charts;
pub mod error;
pub mod export;
pub mod import;
mod numbers;
pub mod report;
mod svg;
pub mod web;
