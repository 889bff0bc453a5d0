//! The settings as a file that explains itself.
//!
//! 1. Every setting is there, in the order of the code, under the comment that the code has.
//! 2. The file can be used as it is: it sets what differs from the defaults, and the rest is
//!    commented out with its default.

use schemars::{Schema, generate::SchemaSettings};
use serde_json::Value;

use super::Config;
use crate::failure::Failure;

/// Columns of the file, as the code's comments.
const COLUMNS: usize = 100;

/// The settings as TOML with comments.
///
/// # Errors
/// None that is known: every setting has a TOML form.
pub fn document(config: &Config) -> Result<String, Failure> {
    let schema = SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<Config>();
    let (values, defaults) = (
        toml::to_string(config)?,
        toml::to_string(&Config::default())?,
    );
    let mut text = String::from("# Every setting of amble, with its default.\n");
    let mut section = String::new();
    // The serialiser writes one setting a line in the order of the code; both have the same lines.
    for (line, default) in values.lines().zip(defaults.lines()) {
        if line.is_empty() {
            continue;
        }
        text.push('\n');
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            name.clone_into(&mut section);
            let path: Vec<_> = name.split('.').collect();
            comment(&mut text, description(&schema, &path));
            text.push_str(line);
        } else {
            let key = line.split(" = ").next().unwrap_or_default();
            let path = section.split('.').chain([key]);
            let path = path.filter(|name| !name.is_empty());
            comment(&mut text, description(&schema, &path.collect::<Vec<_>>()));
            text.push_str("# ");
            text.push_str(default);
            if line != default {
                text.push('\n');
                text.push_str(line);
            }
        }
        text.push('\n');
    }
    Ok(text)
}

/// What the code says of a setting.
fn description<'a>(schema: &'a Schema, path: &[&str]) -> &'a str {
    let mut place = Some(schema.as_value());
    for name in path {
        place = place
            .and_then(|part| part.get("properties"))
            .and_then(|part| part.get(name));
    }
    place
        .and_then(|part| part.get("description"))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn comment(text: &mut String, words: &str) {
    let mut room = 0;
    for word in words.split_whitespace() {
        if word.len() + 1 > room {
            text.push_str(if text.ends_with('\n') { "#" } else { "\n#" });
            room = COLUMNS - 1;
        }
        text.push(' ');
        text.push_str(word);
        room -= (word.len() + 1).min(room);
    }
    if !words.is_empty() {
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings of the file with the comment marks before them taken away.
    fn uncommented(text: &str) -> String {
        let is_setting = |line: &&str| {
            let bare = line.trim_start_matches("# ");
            bare.starts_with('[')
                || bare
                    .split_once(" = ")
                    .is_some_and(|(key, _)| !key.contains(' '))
        };
        let lines = text
            .lines()
            .filter(is_setting)
            .map(|line| line.trim_start_matches("# "));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn as_it_is_the_file_gives_the_settings_it_was_made_from() {
        let mut config = Config::default();
        assert_eq!(
            toml::from_str::<Config>(&document(&config).unwrap()).unwrap(),
            config
        );
        config.waiting.linger_s = 7;
        config.passes.keys = vec!["a \"b\".pub".into(), "c.pub".into()];
        assert_eq!(
            toml::from_str::<Config>(&document(&config).unwrap()).unwrap(),
            config
        );
    }

    #[test]
    fn every_setting_is_there_with_its_default_and_a_comment() {
        let text = document(&Config::default()).unwrap();
        let all = uncommented(&text);
        assert_eq!(toml::from_str::<Config>(&all).unwrap(), Config::default());
        let given: toml::Table = toml::from_str(&all).unwrap();
        let wanted = toml::Table::try_from(Config::default()).unwrap();
        assert_eq!(given, wanted, "a setting is missing");

        let paragraphs = text.split("\n\n").skip(1);
        for paragraph in paragraphs {
            assert!(
                paragraph.lines().count() > 1,
                "without a comment: {paragraph}"
            );
        }
        assert!(text.lines().all(|line| line.len() <= COLUMNS), "too wide");
    }
}
