//! A trained network behind HTTP.
//!
//! A request goes down this list, and its answer up again:
//!
//! | file | subject |
//! |---|---|
//! | `server`, `stream` | connections: accepting, bounding, draining at the end |
//! | `routes`, `reading` | paths, methods, what every answer carries |
//! | `predict`, `query`, `accept` | what is asked for |
//! | `body`, `input` | the rows out of a body |
//! | `queue` | requests that wait are batched through the network |
//! | `outputs` | rows to probabilities and activations |
//! | `answer`, `about`, `problem` | what is said |
//! | `openapi`, `page` | what the interface is, for programs and for people |
//! | `model`, `mistakes` | what is read of a run |
//! | `state`, `limits`, `telemetry` | what all requests share |

mod about;
mod accept;
mod answer;
mod body;
pub mod error;
mod input;
mod limits;
mod mistakes;
mod model;
mod openapi;
mod outputs;
mod page;
mod predict;
mod problem;
mod query;
mod queue;
mod reading;
mod routes;
mod server;
mod state;
mod stream;
mod telemetry;

pub use limits::Limits;
pub use model::{ModelSource, ServedModel};
pub use server::{Server, bind};
