//! The program's binary.

use std::process::ExitCode;

use mlp::allocator::PlacedMemory;

#[global_allocator]
static MEMORY: PlacedMemory = PlacedMemory;

fn main() -> ExitCode {
    mlp::run(std::env::args_os())
}
