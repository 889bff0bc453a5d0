//! Which edge computer carries which devices.

use amble_proto::v1::{DeviceKind, DeviceRef};

/// One edge.
pub(super) struct Group {
    pub(super) name: String,
    /// Places in the day's list of devices.
    pub(super) devices: Vec<usize>,
}

/// So many cameras an edge, so many shelves an edge, all gates on one.
pub(super) fn group(devices: &[DeviceRef], cameras: usize, shelves: usize) -> Vec<Group> {
    let kinds = [
        (DeviceKind::Camera, "cameras", cameras),
        (DeviceKind::Shelf, "shelves", shelves),
        (DeviceKind::Gate, "gates", usize::MAX),
    ];
    let mut groups = Vec::new();
    for (kind, name, size) in kinds {
        let members: Vec<usize> = (0..devices.len())
            .filter(|&device| devices[device].kind() == kind)
            .collect();
        for (nth, part) in members.chunks(size.max(1)).enumerate() {
            groups.push(Group {
                name: format!("{name}-{}", nth + 1),
                devices: part.to_vec(),
            });
        }
    }
    groups
}

/// For each device of the day its edge and its place there.
pub(super) fn places(groups: &[Group], devices: usize) -> Vec<(usize, usize)> {
    let mut places = vec![(0, 0); devices];
    for (edge, group) in groups.iter().enumerate() {
        for (place, &device) in group.devices.iter().enumerate() {
            places[device] = (edge, place);
        }
    }
    places
}
