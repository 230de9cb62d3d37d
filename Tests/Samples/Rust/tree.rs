// SPDX-License-Identifier: Apache-2.0
//! The tree: from a block of the disk to the extent that holds it.

#![forbid(unsafe_code)]

use crate::header::{in_range, require, Header};
use crate::image_file::ImageFile;
use crate::node::{Entry, Node, NODE_BLOCKS};
use crate::vci_port::{Answer, Failure};

/// No block of the disk from this one on is cached.
pub const DISK_END: u128 = 1 << 54;
/// The most levels of a tree.
pub const MOST_LEVELS: usize = 16;

/// What there is at a block of the disk.
pub enum Found {
    Extent(Entry),
    /// Nothing up to this block, which is behind the one that was asked for.
    Gap(u128),
}

/// An image that is open for reading.
pub struct Tree {
    file: ImageFile,
    header: Header,
}

impl Tree {
    /// Refuses what every open must refuse (VCI-RD-002).
    pub fn open(file: ImageFile) -> Answer<Tree> {
        let header = Header::read(&file)?;
        let tree = Tree { file, header };
        tree.node(tree.header.root, 1)?;
        Ok(tree)
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Looks for a block of the disk. Refuses where the way leads through damage (VCI-RD-004).
    pub fn find(&self, block: u128) -> Answer<Found> {
        if block >= DISK_END {
            return Ok(Found::Gap(u128::MAX));
        }
        let (mut path, mut end) = (vec![self.header.root], DISK_END);
        let mut node = self.node(self.header.root, 1)?;
        loop {
            let Node { is_leaf, entries } = node;
            let behind = entries.iter().map(|entry| u128::from(entry.block));
            let next = behind.filter(|&start| start > block).min();
            let found = entries.into_iter().find(|entry| entry.holds(block));
            let entry = match found {
                Some(entry) => entry,
                None => return Ok(Found::Gap(end.min(next.unwrap_or(end)))),
            };
            if is_leaf {
                self.check_extent(&entry)?;
                return Ok(Found::Extent(entry));
            }
            require(
                path.len() < MOST_LEVELS,
                "VCI-NODE-012",
                "more than 16 levels",
            )?;
            node = self.child(&entry, &path)?;
            end = end.min(entry.end());
            path.push(entry.address);
        }
    }

    /// Reads blocks of an extent, from a block of the disk on that it holds.
    pub fn read(&self, extent: &Entry, block: u128, bytes: &mut [u8]) -> Answer<()> {
        let distance = (block - u128::from(extent.block)) as u64;
        self.file.read(extent.address + distance, bytes)
    }

    /// Reads the child of an entry of the last node of a path.
    fn child(&self, entry: &Entry, path: &[u64]) -> Answer<Node> {
        let (address, blocks) = (entry.address, self.header.blocks);
        require(
            in_range(address, NODE_BLOCKS, blocks),
            "VCI-NODE-002",
            "a child out of range",
        )?;
        require(
            self.file.has(address, NODE_BLOCKS),
            "VCI-FILE-006",
            "a child behind the file",
        )?;
        if path.contains(&address) {
            return Err(Failure::rule(
                "VCI-NODE-004",
                format!("a cycle to {address}"),
            ));
        }
        let node = self.node(address, path.len() + 1)?;
        let is_within = |each: &Entry| each.block >= entry.block && each.end() <= entry.end();
        require(
            node.entries.iter().all(is_within),
            "VCI-INT-003",
            "a child out of its range",
        )?;
        Ok(node)
    }

    fn node(&self, address: u64, level: usize) -> Answer<Node> {
        let mut bytes = [0; 4096];
        self.file.read(address, &mut bytes)?;
        Node::decode(&bytes, level)
    }

    fn check_extent(&self, extent: &Entry) -> Answer<()> {
        let (address, count) = (extent.address, extent.count);
        require(
            in_range(address, count, self.header.blocks),
            "VCI-EXT-003",
            "data out of range",
        )?;
        require(
            self.file.has(address, count),
            "VCI-FILE-006",
            "data behind the file",
        )?;
        require(extent.flags == 0, "VCI-EXT-007", "flags")
    }
}
