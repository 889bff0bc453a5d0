//! Gathers the settings.

use std::path::Path;

use figment::{
    Figment,
    providers::{Format as _, Serialized, Toml},
    value::Value,
};

use super::{ClusterConfig, Config, environment::environment};
use crate::failure::{Explain as _, Failure};

/// The file that is read when none is named.
const FILE: &str = "amble.toml";

/// The settings in effect. `file`: the one to be read, which must be there then; `options`: what the
/// command line sets, as (key, value) with dotted keys.
///
/// # Errors
/// When a setting is unknown or has a value that it can't have; the error names it.
pub fn load(file: Option<&Path>, options: &[(&'static str, Value)]) -> Result<Config, Failure> {
    let mut figment = Figment::from(Serialized::defaults(Config::default()));
    match file {
        Some(file) if !file.is_file() => {
            return Err(Failure::usage(format!(
                "there is no file {}",
                file.display()
            )));
        }
        Some(file) => figment = figment.merge(Toml::file_exact(file)),
        None if Path::new(FILE).is_file() => figment = figment.merge(Toml::file_exact(FILE)),
        None => {}
    }
    figment = figment.merge(environment());
    for (key, value) in options {
        figment = figment.merge((*key, value));
    }
    let config: Config = figment.extract().map_err(|error| named(&error))?;
    check(&config)?;
    Ok(config)
}

/// Every wrong setting on a line of its own, with where it stands.
fn named(error: &figment::Error) -> Failure {
    let lines: Vec<String> = error
        .clone()
        .into_iter()
        .map(|error| {
            let key = error.path.join(".");
            let place = error.metadata.as_ref().map(|from| match &from.source {
                Some(source) => format!(" ({source})"),
                None => format!(" ({})", from.name),
            });
            let key = if key.is_empty() {
                String::new()
            } else {
                format!("{key}: ")
            };
            format!("  {key}{}{}", error.kind, place.unwrap_or_default())
        })
        .collect();
    Failure::usage(format!(
        "the settings can't be used:\n{}\n`amble config` prints every setting there is",
        lines.join("\n")
    ))
}

/// What no single value shows.
fn check(config: &Config) -> Result<(), Failure> {
    config.keep()?;
    config.listen.devices()?;
    config.listen.pages()?;
    config.checkout.check().explain(|| "checkout".to_owned())?;
    for url in &config.cluster.etcd {
        let parsed = url::Url::parse(url);
        if parsed.is_ok_and(|url| url.password().is_some()) {
            return Err(Failure::usage(
                "cluster.etcd: a URL has a password, and would be shown; have etcd know nodes by their \
                 certificates (cluster.etcd_tls)",
            ));
        }
    }
    etcd_speaks_as_said(&config.cluster)?;
    let ratio = config.telemetry.traces_ratio;
    if !(0.0..=1.0).contains(&ratio) {
        return Err(Failure::usage(format!(
            "telemetry.traces_ratio is {ratio}, and must be 0 to 1"
        )));
    }
    config.doubt.check()?;
    let waiting = &config.waiting;
    if waiting.unsubscribe_beyond_m <= waiting.subscribe_within_m {
        return Err(Failure::usage(format!(
            "waiting.unsubscribe_beyond_m is {}, and must be more than waiting.subscribe_within_m, \
             which is {}",
            waiting.unsubscribe_beyond_m, waiting.subscribe_within_m
        )));
    }
    Ok(())
}

/// Whether etcd's URLs and the certificates for it say the same.
fn etcd_speaks_as_said(cluster: &ClusterConfig) -> Result<(), Failure> {
    let certificates = !cluster.etcd_tls.as_os_str().is_empty();
    for url in &cluster.etcd {
        let tls = url.starts_with("https://");
        if tls && !certificates {
            return Err(Failure::usage(format!(
                "cluster.etcd: {url} speaks TLS, and nothing says whose certificate it must have: name the \
                 folder with its authority (ca.crt) as cluster.etcd_tls"
            )));
        }
        if certificates && url.starts_with("http://") {
            return Err(Failure::usage(format!(
                "cluster.etcd: {url} does not speak TLS, and cluster.etcd_tls is given: write https://, or \
                 leave the certificates out"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &str, options: &[(&'static str, Value)]) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("my.toml");
        std::fs::write(&file, text).unwrap();
        load(Some(&file), options).map_err(|error| error.to_string())
    }

    #[test]
    fn options_overrule_the_file_which_overrules_the_defaults() {
        let text = "workers = 3\nstore = \"a.json\"\n[waiting]\nlinger_s = 5";
        let config = load_text(text, &[("store", Value::from("b.json"))]).unwrap();
        assert_eq!((config.workers, config.store.as_str()), (3, "b.json"));
        assert_eq!(config.waiting.linger_s, 5);
        assert_eq!(config.listen, Config::default().listen);
    }

    #[test]
    fn what_is_unknown_or_impossible_is_named_with_its_place() {
        for (text, names) in [
            ("stroe = 1", ["stroe", "my.toml"]),
            ("[waiting]\nsilent_after = 1", ["silent_after", "my.toml"]),
            ("[listen]\ngrpc = \"nowhere\"", ["listen.grpc", "my.toml"]),
            ("workers = -1", ["workers", "my.toml"]),
            ("workers =", ["my.toml", "settings"]),
            ("keep_days = 6", ["keep_days", "7 days"]),
            ("[listen]\ndevices = \"7400\"", ["listen.devices", "7400"]),
            ("[listen]\npages = \"here\"", ["listen.pages", "here"]),
            (
                "[cluster]\netcd = [\"http://a:sesame@b:1\"]",
                ["cluster.etcd", "password"],
            ),
            (
                "[cluster]\netcd = [\"https://a:1\"]",
                ["https://a:1 speaks TLS", "cluster.etcd_tls"],
            ),
            (
                "[cluster]\netcd = [\"http://a:1\"]\netcd_tls = \"certs\"",
                ["http://a:1 does not speak TLS", "cluster.etcd_tls"],
            ),
            ("[checkout]\nparallel = 0", ["checkout", "1 to 256"]),
            (
                "[telemetry]\ntraces_ratio = 1.5",
                ["traces_ratio", "0 to 1"],
            ),
            (
                "[waiting]\nunsubscribe_beyond_m = 1.0",
                ["unsubscribe_beyond_m", "must be more"],
            ),
        ] {
            let error = load_text(text, &[]).unwrap_err();
            assert!(
                names.iter().all(|name| error.contains(name)),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn a_file_that_is_named_must_be_there() {
        assert!(load(Some(Path::new("no-such.toml")), &[]).is_err());
    }
}
