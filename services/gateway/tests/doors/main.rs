//! The doors from outside: a real client, a real port, and a shop in memory behind the traits.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what is wrong by ending"
)]

mod bad_input;
mod console;
mod consoles;
mod edge;
mod house;
mod inspectors;
mod pages;
mod people;
mod shop;
mod streams;
