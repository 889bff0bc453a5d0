//! A plan as the text of its file.

use amble_proto::plan::StorePlan;

/// What fits on one line of the file, in bytes without its indentation.
const LINE: usize = 128;

/// The plan as JSON that is fit to read, compare and edit: in the order of the format, and short
/// things (a plate, a product, a point) on a line of their own. Numbers that JSON can't hold become
/// `null`, which [`super::check`] then finds.
///
/// # Errors
/// None that a plan is known to bring about; JSON can hold each of its fields.
pub fn to_text(plan: &StorePlan) -> Result<String, serde_json::Error> {
    let compact = serde_json::to_string(plan)?;
    let mut text = String::with_capacity(compact.len() * 2);
    break_up(&compact, 0, &mut text);
    text.push('\n');
    Ok(text)
}

/// Writes a piece of compact JSON, on one line if it fits, and else member by member.
fn break_up(json: &str, depth: usize, text: &mut String) {
    let container = json.starts_with(['[', '{']);
    if !container || json.len() <= LINE {
        spaced(json, text);
        return;
    }
    let inner = &json[1..json.len() - 1];
    text.push_str(&json[..1]);
    for (index, member) in members(inner).enumerate() {
        text.push_str(if index > 0 { ",\n" } else { "\n" });
        text.extend(std::iter::repeat_n("  ", depth + 1));
        let value = if json.starts_with('{') {
            let (key, value) = key_and_value(member);
            text.push_str(key);
            text.push(' ');
            value
        } else {
            member
        };
        break_up(value, depth + 1, text);
    }
    text.push('\n');
    text.extend(std::iter::repeat_n("  ", depth));
    text.push_str(&json[json.len() - 1..]);
}

/// A space after each comma and colon that is not in a string.
fn spaced(json: &str, text: &mut String) {
    let mut quoted = Quoted::default();
    for c in json.chars() {
        text.push(c);
        if !quoted.after(c) && matches!(c, ',' | ':') {
            text.push(' ');
        }
    }
}

/// The members of a container, given what is between its brackets.
fn members(inner: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut depth) = (Quoted::default(), 0_u32);
    inner.split(move |c| {
        if quoted.after(c) {
            return false;
        }
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
}

/// `"key":value` in two, the colon with the key.
fn key_and_value(member: &str) -> (&str, &str) {
    let mut quoted = Quoted::default();
    let colon = member
        .char_indices()
        .find(|&(_, c)| !quoted.after(c) && c == ':');
    member.split_at(colon.map_or(0, |(at, _)| at + 1))
}

/// Whether one is inside a string.
#[derive(Default)]
struct Quoted {
    inside: bool,
    escaped: bool,
}

impl Quoted {
    /// Takes the next character and says whether what follows it is inside a string.
    fn after(&mut self, c: char) -> bool {
        match c {
            _ if self.escaped => self.escaped = false,
            '\\' => self.escaped = self.inside,
            '"' => self.inside = !self.inside,
            _ => {}
        }
        self.inside
    }
}
