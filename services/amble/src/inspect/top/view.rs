//! What `amble top` shows: a pure function of what the shop said and the size of the terminal.

use std::{collections::BTreeMap, time::Instant};

use amble_proto::v1::{ListNodesResponse, ListShardsResponse, NodeState, Shard, ShardState};

use super::super::{nodes, shards, words};
use crate::{
    board::{Look, Styled, cut},
    table::{Align, Table},
};

/// Lines that are no shards, the nodes' aside: the head, three names of columns and empty lines, what
/// does not fit, and the last one, where the cursor waits.
const OTHER_LINES: usize = 6;

/// What the shop said.
pub(super) struct Picture {
    pub(super) nodes: ListNodesResponse,
    pub(super) shards: ListShardsResponse,
}

/// How much CPU each node uses: from what it has used by one look and by the next.
#[derive(Debug, Default)]
pub(super) struct Cores {
    seen: Option<Instant>,
    used: BTreeMap<String, f64>,
    now: BTreeMap<String, f64>,
}

impl Cores {
    pub(super) fn note(&mut self, nodes: &ListNodesResponse, now: Instant) {
        let passed = self.seen.replace(now).map(|then| now - then);
        let passed = passed.unwrap_or_default().as_secs_f64();
        self.now.clear();
        let mut used = BTreeMap::new();
        for node in &nodes.nodes {
            let report = node.report.as_ref();
            let Some(cpu) = report.and_then(|report| words::seconds(report.cpu)) else {
                continue;
            };
            if let Some(before) = self.used.get(&node.node_id).filter(|_| passed > 0.0) {
                let cores = (cpu - before).max(0.0) / passed;
                self.now.insert(node.node_id.clone(), cores);
            }
            used.insert(node.node_id.clone(), cpu);
        }
        self.used = used;
    }

    fn of(&self, node: &str) -> String {
        let cores = self.now.get(node);
        cores.map_or_else(
            || words::NOTHING.to_owned(),
            |cores| format!("{:.0} %", cores * 100.0),
        )
    }
}

/// The table for a terminal of so many columns and rows; no line is wider, and it fits.
pub(super) fn table(picture: &Picture, cores: &Cores, columns: usize, rows: usize) -> Vec<Styled> {
    let mut lines = vec![vec![(Look::Plain, head(picture))], Vec::new()];
    lines.extend(node_lines(&picture.nodes, cores));
    lines.push(Vec::new());
    let room = rows.saturating_sub(lines.len() + OTHER_LINES - 3).max(1);
    lines.extend(shard_lines(&picture.shards, room));
    lines.truncate(rows.saturating_sub(1));
    lines.into_iter().map(|line| cut(line, columns)).collect()
}

fn head(picture: &Picture) -> String {
    let served = picture
        .shards
        .shards
        .iter()
        .filter(|s| is_served(s))
        .count();
    let all = picture.shards.shards.len();
    let live = picture.nodes.nodes.iter();
    let live = live.filter(|node| node.report.is_some()).count();
    let mut head = format!("{live} of {} nodes answer  ", picture.nodes.nodes.len());
    head.push_str(&format!("{served} of {all} shards served"));
    if let Some(last) = furthest_behind(&picture.shards) {
        let lag = words::lag(last.lag);
        head.push_str(&format!("  lag {lag} ({})", words::own(&last.shard_key)));
    }
    if picture.nodes.etcd_away {
        head.push_str("  etcd is away");
    }
    head
}

/// What there is to say in one line.
pub(super) fn line(picture: &Picture, cores: &Cores) -> String {
    let nodes = picture.nodes.nodes.iter().map(|node| {
        let memory = node.report.as_ref().map_or(0, |report| report.memory_bytes);
        format!(
            "{} {} {} shards {} {}",
            node.name,
            nodes::state(node),
            node.shards,
            cores.of(&node.node_id),
            words::megabytes(memory)
        )
    });
    let nodes: Vec<_> = nodes.collect();
    format!("{}  {}\n", head(picture), nodes.join("  "))
}

fn node_lines(listed: &ListNodesResponse, cores: &Cores) -> Vec<Styled> {
    let mut table = Table::new(&[
        ("node", Align::Left),
        ("state", Align::Left),
        ("shards", Align::Right),
        ("load", Align::Right),
        ("cpu", Align::Right),
        ("memory", Align::Right),
        ("up", Align::Right),
        ("", Align::Left),
    ]);
    for node in &listed.nodes {
        let memory = node.report.as_ref().map(|report| report.memory_bytes);
        table.row([
            node.node_id.clone(),
            nodes::state(node),
            node.shards.to_string(),
            words::load(node.measured_load_us.unwrap_or(node.declared_load_us)),
            cores.of(&node.node_id),
            memory.map_or_else(|| words::NOTHING.to_owned(), words::megabytes),
            words::age(node.since),
            nodes::notes(node, &listed.unanswered),
        ]);
    }
    let well = listed.nodes.iter();
    let well = well.map(|node| node.state() == NodeState::Live && node.report.is_some());
    styled(&table, well)
}

/// So many shards, those in trouble first, then those that are furthest behind.
fn shard_lines(listed: &ListShardsResponse, room: usize) -> Vec<Styled> {
    let mut shards: Vec<_> = listed.shards.iter().collect();
    shards.sort_by(|a, b| {
        // To the tenth of a second: rows that change places all the time can't be read.
        let behind = |shard: &Shard| (words::seconds(shard.lag).unwrap_or_default() * 10.0).round();
        is_served(a)
            .cmp(&is_served(b))
            .then(behind(b).total_cmp(&behind(a)))
    });
    let mut table = Table::new(&[
        ("shard", Align::Left),
        ("node", Align::Left),
        ("state", Align::Left),
        ("epoch", Align::Right),
        ("load", Align::Right),
        ("lag", Align::Right),
        ("unwritten", Align::Right),
        ("since", Align::Right),
    ]);
    for shard in shards.iter().take(room) {
        table.row([
            words::own(&shard.shard_key).to_owned(),
            words::name(&shard.node_id),
            shards::state(shard),
            shard.epoch.to_string(),
            words::load(shard.measured_load_us.unwrap_or(shard.declared_load_us)),
            words::lag(shard.lag),
            shard.unwritten.to_string(),
            words::age(shard.served_since),
        ]);
    }
    let mut lines = styled(&table, shards.iter().map(|shard| is_served(shard)));
    if shards.len() > room {
        let more = format!("and {} more", shards.len() - room);
        lines.push(vec![(Look::Dim, more)]);
    }
    lines
}

/// A table's lines: the head dim, what is not well marked.
fn styled(table: &Table, well: impl Iterator<Item = bool>) -> Vec<Styled> {
    let text = table.to_string();
    let looks = well.map(|well| if well { Look::Plain } else { Look::Unsure });
    let looks = [Look::Dim].into_iter().chain(looks);
    let lines = text.lines().zip(looks);
    lines
        .map(|(line, look)| vec![(look, line.to_owned())])
        .collect()
}

fn is_served(shard: &Shard) -> bool {
    shard.state() == ShardState::Served
}

fn furthest_behind(listed: &ListShardsResponse) -> Option<&Shard> {
    let behind = |shard: &Shard| words::seconds(shard.lag);
    let known = listed.shards.iter().filter(|shard| behind(shard).is_some());
    known.max_by(|a, b| {
        let (a, b) = (behind(a).unwrap_or_default(), behind(b).unwrap_or_default());
        a.total_cmp(&b)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use amble_proto::v1::{Node, NodeReport};
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    fn picture(shards: u32) -> Picture {
        let node = |name: &str, cpu| Node {
            node_id: format!("{name}-19ac3d1f2b7"),
            name: name.to_owned(),
            state: NodeState::Live.into(),
            coordinator: true,
            declared_load_us: 21_300,
            report: Some(NodeReport {
                cpu: Some(amble_store::duration(cpu)),
                memory_bytes: 30 << 20,
                ..NodeReport::default()
            }),
            ..Node::default()
        };
        let shard = |n| Shard {
            shard_key: format!("supermarket/zone/zone-{n}"),
            node_id: "rack-1-19ac3d1f2b7".to_owned(),
            epoch: 12,
            state: if n == 1 {
                ShardState::Starting
            } else {
                ShardState::Served
            }
            .into(),
            lag: (n != 1).then(|| amble_store::duration(Duration::from_millis(u64::from(n) * 100))),
            ..Shard::default()
        };
        Picture {
            nodes: ListNodesResponse {
                nodes: vec![
                    node("rack-1", Duration::from_secs(10)),
                    node("rack-2", Duration::ZERO),
                ],
                ..ListNodesResponse::default()
            },
            shards: ListShardsResponse {
                shards: (0..shards).map(shard).collect(),
                ..ListShardsResponse::default()
            },
        }
    }

    #[test]
    fn the_table_fits_a_terminal_of_80_columns_and_trouble_comes_first() {
        let mut cores = Cores::default();
        let began = Instant::now();
        cores.note(&picture(40).nodes, began);
        cores.note(&picture(40).nodes, began + Duration::from_secs(1));
        for rows in [8, 24, 60] {
            let lines = table(&picture(40), &cores, 80, rows);
            assert!(lines.len() < rows, "{} lines of {rows}", lines.len());
            for line in &lines {
                let text: String = line.iter().map(|(_, text)| text.as_str()).collect();
                assert!(text.width() <= 80 && !text.ends_with('…'), "{text}");
            }
        }
        let lines = table(&picture(40), &cores, 80, 24);
        let starting = &lines[7][0];
        assert!(starting.1.starts_with("zone/zone-1 "), "{starting:?}");
        assert_eq!(starting.0, Look::Unsure);
        assert!(lines[8][0].1.starts_with("zone/zone-39 "), "{:?}", lines[8]);
    }

    #[test]
    fn cpu_is_what_was_used_between_two_looks() {
        let mut cores = Cores::default();
        let began = Instant::now();
        let mut nodes = picture(1).nodes;
        cores.note(&nodes, began);
        assert_eq!(cores.of(&nodes.nodes[0].node_id), words::NOTHING);
        if let Some(report) = &mut nodes.nodes[0].report {
            report.cpu = Some(amble_store::duration(Duration::from_secs(11)));
        }
        cores.note(&nodes, began + Duration::from_secs(2));
        assert_eq!(cores.of(&nodes.nodes[0].node_id), "50 %");
    }
}
