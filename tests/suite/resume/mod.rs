//! A resumed training is the training that was never stopped.

mod damage;
mod disk_full;
mod kills;
mod rules;
mod signals;
