//! Initial distributions, checked and ready to draw from.

use super::kinds::{Initialization, InitializationKind, InitializationTable};
use crate::error::{ConfigError, ConfigPlace, Problem};

/// The distribution of a layer's initial weights or biases. `inputs` and `outputs` are the layer's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum InitialDistribution {
    /// All 0.
    Zeros,
    /// N(mean, std²).
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        std: f64,
    },
    /// U[−bound, bound).
    Uniform {
        /// 1/√inputs if there is none.
        bound: Option<f64>,
    },
    /// N(0, 2/inputs): He et al., "Delving deep into rectifiers", 2015.
    HeNormal,
    /// U[−√(6/inputs), √(6/inputs)): the same variance.
    HeUniform,
    /// N(0, 2/(inputs + outputs)): Glorot and Bengio, "Understanding the difficulty of training
    /// deep feedforward neural networks", 2010.
    XavierNormal,
    /// U[−√(6/(inputs + outputs)), √(6/(inputs + outputs))): the same variance.
    XavierUniform,
}

impl Initialization {
    /// The distribution that is meant.
    ///
    /// # Errors
    ///
    /// `normal` without its `std`. A config from [`load`](super::load) has it.
    pub fn distribution(&self) -> Result<InitialDistribution, ConfigError> {
        let table = self.table();
        Ok(match table.kind {
            InitializationKind::Zeros => InitialDistribution::Zeros,
            InitializationKind::Normal => InitialDistribution::Normal {
                mean: table.mean.unwrap_or(0.0),
                std: table.std.ok_or_else(missing_std)?,
            },
            InitializationKind::Uniform => InitialDistribution::Uniform { bound: table.bound },
            InitializationKind::HeNormal => InitialDistribution::HeNormal,
            InitializationKind::HeUniform => InitialDistribution::HeUniform,
            InitializationKind::XavierNormal => InitialDistribution::XavierNormal,
            InitializationKind::XavierUniform => InitialDistribution::XavierUniform,
        })
    }

    /// The table that a bare name stands for.
    pub(super) const fn table(&self) -> InitializationTable {
        match *self {
            Self::Table(table) => table,
            Self::Named(kind) => InitializationTable {
                kind,
                mean: None,
                std: None,
                bound: None,
            },
        }
    }
}

fn missing_std() -> ConfigError {
    let problem = Problem {
        key: "std".to_owned(),
        message: "\"normal\" needs `std`".to_owned(),
        help: None,
        place: ConfigPlace::Unwritten,
    };
    ConfigError::new(vec![problem], None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_default_is_normal() {
        let distribution = Config::default().model.weight_init.distribution();
        let expected = InitialDistribution::Normal {
            mean: 0.0,
            std: 0.3,
        };
        assert_eq!(distribution, Ok(expected));
    }

    #[test]
    fn a_name_has_no_parameters() {
        let named = |kind| Initialization::Named(kind).distribution();
        assert_eq!(
            named(InitializationKind::Uniform),
            Ok(InitialDistribution::Uniform { bound: None })
        );
        let error = named(InitializationKind::Normal).expect_err("has no std");
        assert_eq!(error.to_string(), "config: \"normal\" needs `std`");
    }
}
