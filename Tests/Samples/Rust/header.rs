// SPDX-License-Identifier: Apache-2.0
//! The header, and the first block of the block map.

#![forbid(unsafe_code)]

use crate::image_file::{number, ImageFile};
use crate::node::NODE_BLOCKS;
use crate::vci_port::{Answer, Failure, Uuid};

/// The blocks of a header.
const HEADER_BLOCKS: u64 = 2;
/// The most blocks of a cache (VCI-HDR-003).
const MOST_BLOCKS: u64 = ((1 << 32) - 2) * 4096;

/// What a header says, after all was checked that an open checks of it.
pub struct Header {
    pub blocks: u64,
    pub dirty: bool,
    pub fixed: bool,
    pub root: u64,
    pub uuid: Uuid,
    pub mod_uuid: Uuid,
}

impl Header {
    /// Reads the bytes of the header. Refuses what is no VCI of version 1 (VCI-RD-001).
    pub fn probe(file: &ImageFile) -> Answer<[u8; 1024]> {
        let mut bytes = [0; 1024];
        if file.size < 1024 {
            return Err(Failure::rule(
                "VCI-FILE-001",
                format!("{} bytes", file.size),
            ));
        }
        file.read(0, &mut bytes)?;
        require(
            bytes.starts_with(b"VCI\0"),
            "VCI-HDR-001",
            "another signature",
        )?;
        require(number(&bytes[4..8]) == 1, "VCI-HDR-002", "another version")?;
        Ok(bytes)
    }

    /// Reads the header and the first block of the map, by the rules of stage probe and open.
    pub fn read(file: &ImageFile) -> Answer<Header> {
        let bytes = Header::probe(file)?;
        let blocks = number(&bytes[8..16]);
        let (flag, kind) = (bytes[16], number(&bytes[17..21]));
        let (root, map) = (number(&bytes[21..29]), number(&bytes[29..37]));
        let map_blocks = number(&bytes[37..41]);
        let least = |blocks: u64| HEADER_BLOCKS + map_size(blocks) + NODE_BLOCKS;
        require(
            blocks <= MOST_BLOCKS && least(blocks) <= blocks,
            "VCI-HDR-003",
            "a cache of no legal size",
        )?;
        require(flag <= 1, "VCI-HDR-004", "the flag is neither 0 nor 1")?;
        require(kind == 1 || kind == 2, "VCI-HDR-005", "an unknown type")?;
        require(
            in_range(root, NODE_BLOCKS, blocks),
            "VCI-HDR-006",
            "the root",
        )?;
        require(
            map_blocks == map_size(blocks),
            "VCI-HDR-009",
            "the size of the map",
        )?;
        require(in_range(map, map_blocks, blocks), "VCI-HDR-007", "the map")?;
        require(
            root + NODE_BLOCKS <= map || map + map_blocks <= root,
            "VCI-HDR-008",
            "map and root overlap",
        )?;
        require(
            file.has(map, map_blocks),
            "VCI-FILE-005",
            "the map is not in the file",
        )?;
        require(
            file.has(root, NODE_BLOCKS),
            "VCI-FILE-005",
            "the root is not in the file",
        )?;
        check_map(file, map, blocks)?;
        Ok(Header {
            blocks,
            dirty: flag == 1,
            fixed: kind == 2,
            root,
            uuid: stored(&bytes[41..57]),
            mod_uuid: stored(&bytes[57..73]),
        })
    }
}

fn check_map(file: &ImageFile, map: u64, blocks: u64) -> Answer<()> {
    let mut bytes = [0; 512];
    file.read(map, &mut bytes)?;
    require(bytes.starts_with(b"VBLK"), "VCI-MAP-001", "another magic")?;
    require(
        number(&bytes[4..8]) == 1,
        "VCI-MAP-002",
        "another version of the map",
    )?;
    require(
        number(&bytes[8..16]) == blocks,
        "VCI-MAP-003",
        "a map of another size",
    )?;
    let counters = bytes[16..40]
        .chunks_exact(8)
        .map(|bytes| u128::from(number(bytes)));
    let sum: u128 = counters.sum();
    require(
        sum == u128::from(blocks),
        "VCI-MAP-004",
        "the counters do not add up",
    )
}

/// Refuses for a rule unless it holds.
pub fn require(holds: bool, rule: &str, message: &str) -> Answer<()> {
    if holds {
        Ok(())
    } else {
        Err(Failure::rule(rule, message))
    }
}

/// Whether a run of blocks lies behind the header and before the end of the cache.
pub fn in_range(address: u64, count: u64, blocks: u64) -> bool {
    address >= HEADER_BLOCKS && u128::from(address) + u128::from(count) <= u128::from(blocks)
}

/// The blocks of a map, its header block included.
fn map_size(blocks: u64) -> u64 {
    1 + blocks / 4096 + u64::from(blocks % 4096 != 0)
}

fn stored(bytes: &[u8]) -> Uuid {
    let mut uuid = [0; 16];
    uuid.copy_from_slice(bytes);
    Uuid(uuid)
}
