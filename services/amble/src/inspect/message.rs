//! Any message of the protocol as JSON, and as text for people.

use amble_proto::FILE_DESCRIPTOR_SET;
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, ReflectMessage as _, Value};

use crate::failure::Failure;

/// A message of this name (within `amble.v1`), which serialises in the JSON form of protocol buffers.
pub(super) fn json<M: prost::Message>(name: &str, message: &M) -> Result<DynamicMessage, Failure> {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET)?;
    let descriptor = pool.get_message_by_name(&format!("amble.v1.{name}"));
    let descriptor =
        descriptor.ok_or_else(|| Failure::new(format!("the protocol has no {name}")))?;
    Ok(DynamicMessage::decode(
        descriptor,
        &*message.encode_to_vec(),
    )?)
}

/// The same for people: one line a field, in the protocol's order, zeros too; lists with one line an
/// item.
pub(super) fn text<M: prost::Message>(name: &str, message: &M) -> Result<String, Failure> {
    let mut out = String::new();
    lines(&json(name, message)?, 0, &mut out);
    Ok(out)
}

fn lines(message: &DynamicMessage, depth: usize, out: &mut String) {
    for field in message.descriptor().fields() {
        // What is empty or not there says nothing; a zero does.
        let unset = field.supports_presence() || field.is_list();
        if unset && !message.has_field(&field) {
            continue;
        }
        let name = field.name().replace('_', " ");
        let value = message.get_field(&field);
        if let Some(plain) = plain(&value, &field.kind()) {
            if !plain.is_empty() {
                out.push_str(&format!("{}{name}: {plain}\n", indent(depth)));
            }
            continue;
        }
        out.push_str(&format!("{}{name}\n", indent(depth)));
        match &*value {
            Value::Message(own) => lines(own, depth + 1, out),
            Value::List(items) => {
                for value in items {
                    item(value, &field.kind(), depth + 1, out);
                }
            }
            _ => {}
        }
    }
}

fn item(value: &Value, kind: &Kind, depth: usize, out: &mut String) {
    if let Some(plain) = plain(value, kind) {
        out.push_str(&format!("{}- {plain}\n", indent(depth)));
    } else if let Value::Message(own) = value {
        let mut text = String::new();
        lines(own, depth + 1, &mut text);
        // The first line carries the dash.
        out.push_str(&format!("{}- {}", indent(depth), text.trim_start()));
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

/// What fits on its field's line.
fn plain(value: &Value, kind: &Kind) -> Option<String> {
    Some(match value {
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::I32(n) => n.to_string(),
        Value::I64(n) => n.to_string(),
        Value::U32(n) => n.to_string(),
        Value::U64(n) => n.to_string(),
        Value::F64(n) => format!("{n:.2}"),
        Value::String(text) => text.clone(),
        Value::EnumNumber(number) => word(kind, *number)?,
        Value::Message(own) => match own.descriptor().full_name() {
            "google.protobuf.Timestamp" => own
                .transcode_to::<amble_proto::Timestamp>()
                .ok()?
                .to_string(),
            "google.protobuf.Duration" => {
                let length = own.transcode_to::<amble_proto::Duration>().ok()?;
                format!("{:.3} s", super::words::seconds(Some(length))?)
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// The last word of an enum's value, in small letters.
fn word(kind: &Kind, number: i32) -> Option<String> {
    let Kind::Enum(kind) = kind else { return None };
    let value = kind.get_value(number)?;
    let zero = kind.get_value(0)?;
    let prefix = zero
        .name()
        .strip_suffix("UNSPECIFIED")
        .unwrap_or_default()
        .to_owned();
    Some(super::words::state(value.name(), &prefix))
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
                waited: Some(amble_proto::Duration {
                    seconds: 1,
                    nanos: 500_000_000,
                }),
            }],
            ..ActorDescription::default()
        };
        let json = json("ActorDescription", &message).unwrap();
        let json = serde_json::to_value(json).unwrap();
        assert_eq!(json["actor"]["kind"], "ACTOR_KIND_BOOKKEEPER");
        assert_eq!(json["waits"][0]["waited"], "1.500s");
        assert_eq!(
            text("ActorDescription", &message).unwrap(),
            "actor\n  actor key: shop/bookkeeper\n  kind: bookkeeper\nepoch: 0\nnext round: 0\nwaits\n  \
             - what: the zones' reports\n    round: 7\n    from\n      - shop/zone/a\n    \
             waited: 1.500 s\nunwritten: 0\n"
        );
    }
}
