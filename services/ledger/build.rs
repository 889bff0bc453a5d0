//! A new migration must be embedded even when no line of Rust changed.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
