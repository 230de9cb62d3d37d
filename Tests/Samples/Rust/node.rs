// SPDX-License-Identifier: Apache-2.0
//! A node of the tree, and the rules by which it is damaged as a whole.

#![forbid(unsafe_code)]

use crate::header::require;
use crate::image_file::number;
use crate::tree::{DISK_END, MOST_LEVELS};
use crate::vci_port::{Answer, Failure};

/// The blocks of a node.
pub const NODE_BLOCKS: u64 = 8;

/// A used entry: an extent of a leaf, or what an internal node says of a child.
pub struct Entry {
    /// The first block of the disk.
    pub block: u64,
    /// The number of blocks of the disk, below 2^32.
    pub count: u64,
    /// The first block of the data or of the child.
    pub address: u64,
    /// Those of an extent.
    pub flags: u8,
}

impl Entry {
    /// The first block of the disk behind it.
    pub fn end(&self) -> u128 {
        u128::from(self.block) + u128::from(self.count)
    }

    pub fn holds(&self, block: u128) -> bool {
        u128::from(self.block) <= block && block < self.end()
    }
}

pub struct Node {
    pub is_leaf: bool,
    /// The used entries, in the order of their slots.
    pub entries: Vec<Entry>,
}

impl Node {
    /// Decodes a node at a level, from 1 on. Refuses one that breaks a whole-node rule.
    pub fn decode(bytes: &[u8], level: usize) -> Answer<Node> {
        let is_leaf = match bytes[0] {
            1 => false,
            2 => true,
            other => return Err(Failure::rule("VCI-NODE-001", format!("type {other}"))),
        };
        let (places, size) = if is_leaf { (107, 38) } else { (204, 20) };
        let mut entries: Vec<Entry> = Vec::new();
        let mut is_behind_unused = false;
        for slot in bytes[1..].chunks_exact(size).take(places) {
            let entry = if is_leaf { extent(slot) } else { child(slot) };
            match (entry.count, entry.address) {
                (0, 0) => is_behind_unused = true,
                (0, _) | (_, 0) => return Err(Failure::rule("VCI-NODE-007", "a half-zero entry")),
                _ if is_behind_unused => {
                    return Err(Failure::rule("VCI-NODE-006", "an entry behind a gap"))
                }
                _ => entries.push(entry),
            }
        }
        require(is_leaf || !entries.is_empty(), "VCI-NODE-009", "no entries")?;
        if is_leaf || level < MOST_LEVELS {
            let (order, limit) = match is_leaf {
                true => ("VCI-EXT-001", "VCI-EXT-002"),
                false => ("VCI-INT-001", "VCI-INT-002"),
            };
            let ascend = entries
                .windows(2)
                .all(|pair| pair[0].end() <= u128::from(pair[1].block));
            require(ascend, order, "entries out of order")?;
            let are_low = entries.iter().all(|entry| entry.end() <= DISK_END);
            require(are_low, limit, "an entry behind the limit of disks")?;
        }
        Ok(Node { is_leaf, entries })
    }
}

fn extent(slot: &[u8]) -> Entry {
    Entry {
        block: number(&slot[18..26]),
        count: number(&slot[26..30]),
        address: number(&slot[30..38]),
        flags: slot[16],
    }
}

fn child(slot: &[u8]) -> Entry {
    Entry {
        block: number(&slot[0..8]),
        count: number(&slot[8..12]),
        address: number(&slot[12..20]),
        flags: 0,
    }
}
