//! Any message of the protocol as JSON, and as text for people.

use amble_proto::FILE_DESCRIPTOR_SET;
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use serde_json::Value;

use crate::failure::Failure;

/// A message of this name (within `amble.v1`) in the JSON form of protocol buffers.
pub(super) fn json<M: prost::Message>(name: &str, message: &M) -> Result<Value, Failure> {
    Ok(serde_json::to_value(dynamic(name, message)?)?)
}

fn dynamic<M: prost::Message>(name: &str, message: &M) -> Result<DynamicMessage, Failure> {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET)?;
    let descriptor = pool.get_message_by_name(&format!("amble.v1.{name}"));
    let descriptor =
        descriptor.ok_or_else(|| Failure::new(format!("the protocol has no {name}")))?;
    Ok(DynamicMessage::decode(descriptor, &*message.encode_to_vec())?)
}

/// The same for people: one line a field, zeros too; lists with one line an item.
pub(super) fn text<M: prost::Message>(name: &str, message: &M) -> Result<String, Failure> {
    let all = SerializeOptions::new().skip_default_fields(false);
    let message = dynamic(name, message)?;
    let value = message.serialize_with_options(serde_json::value::Serializer, &all)?;
    let mut out = String::new();
    lines(&value, 0, &mut out);
    Ok(out)
}

/// Whether there is nothing to say of it.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn lines(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(_, value)| !is_empty(value)) {
                let name = spaced(name);
                match value {
                    Value::Object(_) | Value::Array(_) => {
                        out.push_str(&format!("{indent}{name}\n"));
                        lines(value, depth + 1, out);
                    }
                    plain => out.push_str(&format!("{indent}{name}: {}\n", scalar(plain))),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                match item {
                    Value::Object(_) | Value::Array(_) => {
                        let mut own = String::new();
                        lines(item, depth + 1, &mut own);
                        // The first line carries the dash.
                        let own = own.trim_start();
                        out.push_str(&format!("{indent}- {own}"));
                    }
                    plain => out.push_str(&format!("{indent}- {}\n", scalar(plain))),
                }
            }
        }
        plain => out.push_str(&format!("{indent}{}\n", scalar(plain))),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `takenSequence` as `taken sequence`.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use amble_proto::v1::{Actor, ActorDescription, ActorKind, Wait};

    use super::*;

    #[test]
    fn a_message_is_told_field_by_field() {
        let message = ActorDescription {
            actor: Some(Actor {
                actor_key: "shop/bookkeeper".to_owned(),
                kind: ActorKind::Bookkeeper.into(),
                ..Actor::default()
            }),
            waits: vec![Wait {
                what: "the zones' reports".to_owned(),
                round: 7,
                from: vec!["shop/zone/a".to_owned()],
                waited: None,
            }],
            ..ActorDescription::default()
        };
        let json = json("ActorDescription", &message).unwrap();
        assert_eq!(json["actor"]["kind"], "ACTOR_KIND_BOOKKEEPER");
        let text = text("ActorDescription", &message).unwrap();
        assert!(text.contains("  actor key: shop/bookkeeper\n"), "{text}");
        assert!(text.contains("waits\n  - "), "{text}");
        assert!(text.contains("unwritten: 0\n") && !text.contains("tells"), "{text}");
        assert!(text.contains("    - shop/zone/a\n"), "{text}");
    }
}
