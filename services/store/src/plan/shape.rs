//! Whether a JSON value has the shape that the plan's schema asks for.
//!
//! This reads the schema that the plan's types give, as far as they use it (types, fields, lists of
//! fixed length, choices), because reading the types directly stops at the first fault.

use serde_json::{Map, Value};

use super::fault::{FaultKind, Faults, Place};

/// Names every fault of shape, and takes unknown fields out, so that the rest can be read.
pub(super) fn shape(schema: &Value, value: &mut Value, faults: &mut Faults) {
    Reader { root: schema }.any(schema, value, Place::Plan, faults);
}

struct Reader<'a> {
    root: &'a Value,
}

impl<'a> Reader<'a> {
    /// The schema itself, or the one that it refers to.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let target = schema.get("$ref").and_then(Value::as_str);
        target
            .and_then(|t| self.root.pointer(t.trim_start_matches('#')))
            .unwrap_or(schema)
    }

    fn any(&self, schema: &'a Value, value: &mut Value, place: Place<'_>, faults: &mut Faults) {
        let schema = self.resolve(schema);
        if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
            choice(choices, value, place, faults);
            return;
        }
        let allowed = types(schema);
        if !allowed.iter().any(|name| is_a(name, value)) {
            wrong_type(&allowed, value, place, faults);
            return;
        }
        match value {
            Value::Object(fields) => self.object(schema, fields, place, faults),
            Value::Array(items) => self.array(schema, items, place, faults),
            Value::Number(_) => number(schema, value, place, faults),
            _ => {}
        }
    }

    fn object(
        &self,
        schema: &'a Value,
        fields: &mut Map<String, Value>,
        place: Place<'_>,
        faults: &mut Faults,
    ) {
        let Some(known) = schema.get("properties").and_then(Value::as_object) else {
            return;
        };
        let required = schema.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                faults.error(
                    FaultKind::Shape,
                    place,
                    format!("the field `{name}` is missing"),
                    describe(known.get(name), name),
                );
            }
        }
        let unknown: Vec<String> = fields
            .keys()
            .filter(|n| !known.contains_key(*n))
            .cloned()
            .collect();
        for name in unknown {
            fields.remove(&name);
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            faults.error(
                FaultKind::Shape,
                place.field(&name),
                format!("there is no field `{name}` here"),
                format!("take it out, or use one of {}", names.join(", ")),
            );
        }
        for (name, value) in fields {
            if let Some(schema) = known.get(name) {
                self.any(schema, value, place.field(name), faults);
            }
        }
    }

    fn array(&self, schema: &'a Value, items: &mut [Value], place: Place<'_>, faults: &mut Faults) {
        let bound = |name| schema.get(name).and_then(Value::as_u64);
        let count = items.len() as u64;
        let expected = bound("minItems").filter(|&least| count < least);
        if let Some(expected) = expected.or_else(|| bound("maxItems").filter(|&most| count > most))
        {
            faults.error(
                FaultKind::Shape,
                place,
                format!("{count} values stand where {expected} belong"),
                format!("write exactly {expected}"),
            );
        }
        if let Some(schema) = schema.get("items") {
            for (index, item) in items.iter_mut().enumerate() {
                self.any(schema, item, place.item(index), faults);
            }
        }
    }
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_a(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        _ => value.is_null(),
    }
}

fn wrong_type(allowed: &[&str], value: &Value, place: Place<'_>, faults: &mut Faults) {
    let found = match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string(),
    };
    let wanted: Vec<&str> = allowed
        .iter()
        .map(|name| match *name {
            "object" => "an object in { }",
            "array" => "a list in [ ]",
            "string" => "a text in quotes",
            "number" => "a number without quotes",
            "integer" => "a whole number without quotes",
            "boolean" => "true or false",
            other => other,
        })
        .collect();
    faults.error(
        FaultKind::Shape,
        place,
        format!("{found} can't stand here"),
        format!("write {}", wanted.join(" or ")),
    );
}

fn choice(choices: &[Value], value: &Value, place: Place<'_>, faults: &mut Faults) {
    let known = || choices.iter().filter_map(|c| c.get("const"));
    if !known().any(|k| k == value) {
        let known: Vec<String> = known().map(Value::to_string).collect();
        faults.error(
            FaultKind::Shape,
            place,
            format!("{value} is not known here"),
            format!("use one of {}", known.join(", ")),
        );
    }
}

/// Whole numbers must fit the type that holds them.
fn number(schema: &Value, value: &Value, place: Place<'_>, faults: &mut Faults) {
    let fits = match schema.get("format").and_then(Value::as_str) {
        Some("uint32") => value.as_u64().is_some_and(|n| u32::try_from(n).is_ok()),
        Some("int64") => value.is_i64(),
        _ => true,
    };
    if !fits {
        faults.error(
            FaultKind::Number,
            place,
            format!("{value} is out of range"),
            "use a smaller number that is not negative",
        );
    }
}

/// What a missing field is for, in the words of the format.
fn describe(schema: Option<&Value>, name: &str) -> String {
    let about = schema
        .and_then(|s| s.get("description"))
        .and_then(Value::as_str)
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    about.map_or_else(
        || format!("add `{name}`"),
        |text| format!("add `{name}`: {}", text.trim_end_matches('.')),
    )
}
