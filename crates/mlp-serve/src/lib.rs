//! A trained network behind HTTP.
//!
//! | file | subject |
//! |---|---|
//! | `server` | limits, shared state, from binding to the last answer |
//! | `connection` | connections: opened, limited, drained at the end |
//! | `access` | by which names the server is called, and pages of which origins may use it |
//! | `routes` | paths, handlers, what is common to all responses |
//! | `request` | what is requested, and the rows of the body |
//! | `queue` | requests that wait are batched through the network |
//! | `response`, `problem` | predictions, the model, and errors as JSON |
//! | `openapi`, `page` | the interface for programs and for people |
//! | `model` | the network that is served, and what is read of its run |
//! | `telemetry` | metrics for Prometheus |

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts are far below 2⁵³, levels are shares, and the network's numbers are float32"
)]

mod access;
mod connection;
pub mod error;
mod model;
mod openapi;
mod page;
mod problem;
mod queue;
mod request;
mod response;
mod routes;
mod server;
mod telemetry;

pub use access::Access;
pub use model::{ModelSource, ServedModel};
pub use server::{Limits, Server, bind};
