//! `amble completions`.

use clap::Args;
use clap_complete::Shell;

const AFTER: &str = "\
Examples:
  amble completions bash > ~/.local/share/bash-completion/completions/amble
  amble completions fish > ~/.config/fish/completions/amble.fish";

/// Prints a script that completes amble's commands in a shell.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct CompletionsArgs {
    /// Which shell
    pub shell: Shell,
}
