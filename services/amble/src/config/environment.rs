//! Settings from the environment: `AMBLE_STORE`, `AMBLE_LISTEN__GRPC`.
//!
//! 1. What follows the prefix is the setting's name in capitals, two underscores where the file has
//!    a section.
//! 2. `AMBLE_CONFIG` names the file, and what begins with `AMBLE_CLIENT_` is for commands that call a shop: no
//!    settings.
//! 3. What Kubernetes puts into every container for a service whose name begins with `amble`
//!    (`AMBLE_SERVICE_HOST`, `AMBLE_PORT_7400_TCP`) is no setting either; everything else is.

use figment::providers::Env;

/// The first letters of all names.
const PREFIX: &str = "AMBLE_";

/// The settings in the environment.
pub(super) fn environment() -> Env {
    Env::prefixed(PREFIX)
        .filter(|name| is_setting(name.as_str()))
        .split("__")
}

/// Whether a name without its prefix means a setting.
fn is_setting(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name != "CONFIG" && !name.starts_with("CLIENT_") && !is_service_link(&name)
}

/// Whether Kubernetes makes such names: `…SERVICE_HOST`, `…SERVICE_PORT`, `…SERVICE_PORT_<name>`,
/// `…PORT`, `…PORT_<number>_<protocol>…`.
fn is_service_link(name: &str) -> bool {
    let words: Vec<&str> = name.split('_').collect();
    let pairs = words.windows(2).any(|pair| {
        matches!(pair, ["SERVICE", "HOST" | "PORT"])
            || matches!(pair, ["PORT", number] if number.parse::<u16>().is_ok())
    });
    pairs || words.last() == Some(&"PORT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubernetes_says_of_services_is_no_setting() {
        for link in [
            "SERVICE_HOST",
            "GRPC_SERVICE_HOST",
            "SERVICE_PORT",
            "SERVICE_PORT_GRPC",
            "PORT",
            "GRPC_PORT",
            "PORT_7400_TCP",
            "PORT_7400_TCP_ADDR",
            "CONFIG",
            "CLIENT_TLS",
        ] {
            assert!(!is_setting(link), "{link}");
        }
        for setting in [
            "STORE",
            "CHECKOUT__PAYMENT__SERVICE",
            "CHECKOUT__PAYMENT__KEY_FILE",
            "CHECKOUT__SMTP__SERVER",
            "STOER",
            "LISTEN__GRPC",
            "LIMITS__MESSAGES_PER_SECOND",
        ] {
            assert!(is_setting(setting), "{setting}");
        }
    }
}
