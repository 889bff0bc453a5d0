//! Compiles the contract in pure Rust: no `protoc` is needed. The descriptor set is kept for
//! reflection.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message as _;

const FILES: [&str; 8] = [
    "amble/v1/console.proto",
    "amble/v1/device.proto",
    "amble/v1/inspect.proto",
    "amble/v1/operator.proto",
    "amble/v1/recording.proto",
    "amble/v1/review.proto",
    "amble/v1/shelves.proto",
    "amble/v1/shopper.proto",
];

/// What nodes say to each other. Not described for reflection: nobody else may call it.
const PEERS: [&str; 1] = ["amble/cluster/v1/peer.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=amble");
    let descriptors = protox::compile(FILES, ["."])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("amble_v1.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    // Without transport: its `connect` would meet the call of that name. Payloads aren't copied.
    tonic_prost_build::configure()
        .build_transport(false)
        .bytes(".")
        .compile_fds(protox::compile(PEERS, ["."])?)?;
    Ok(())
}
