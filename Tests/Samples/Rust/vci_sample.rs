// SPDX-License-Identifier: Apache-2.0
//! A reader of VCI images, written from Specs/ alone, as an adapter of the test port.
//!
//! It refuses what VCI-RD-002 tells it to refuse at an open, and looks at the rest of an image when it
//! comes there. `rustc --edition 2021 -O -o vci-rust-sample vci_sample.rs` builds it.

#![deny(unsafe_code)]

mod header;
mod image_file;
mod node;
mod tree;
#[allow(unsafe_code)] // The loop hands descriptors over.
#[path = "../../../Port/rust/vci_port.rs"]
mod vci_port;

use header::Header;
use image_file::ImageFile;
use std::path::Path;
use tree::{Found, Tree, DISK_END};
use vci_port::{Answer, Caps, Failure, Info, Program, Runs, Uuid, BLOCK};

/// The most blocks that are read at once.
const PIECE_BLOCKS: u128 = 256;

struct Reader;

impl Program for Reader {
    type Image = Tree;

    fn caps(&self) -> Caps {
        Caps {
            name: "vci-rust-sample",
            version: "0.1.0",
            ops: &["probe", "open-ro", "info", "read", "extents", "close"],
            features: &["multi-level-tree", "wide-disks", "mod-uuid"],
            ..Caps::default()
        }
    }

    fn probe(&mut self, path: &Path) -> Answer<bool> {
        Header::probe(&ImageFile::open(path)?).map(|_| true)
    }

    fn open(&mut self, path: &Path, _writable: bool, disk: Option<Uuid>) -> Answer<Tree> {
        let tree = Tree::open(ImageFile::open(path)?)?;
        if disk.map_or(false, |disk| disk != tree.header().mod_uuid) {
            return Err(Failure::class(
                "not-up-to-date",
                "the disk has another state",
            ));
        }
        Ok(tree)
    }

    fn info(&mut self, image: &mut Tree) -> Answer<Info> {
        let header = image.header();
        Ok(Info {
            version: 1,
            fixed: header.fixed,
            blocks: header.blocks,
            dirty: header.dirty,
            uuid: header.uuid,
            mod_uuid: header.mod_uuid,
        })
    }

    fn read(&mut self, image: &mut Tree, block: u64, count: u64, runs: &mut Runs) -> Answer<()> {
        let (mut next, end) = (u128::from(block), u128::from(block) + u128::from(count));
        while next < end {
            let goes_on = match image.find(next)? {
                Found::Gap(gap_end) => {
                    // No block behind the limit of a disk is cached.
                    let stop = if gap_end >= DISK_END {
                        end
                    } else {
                        end.min(gap_end)
                    };
                    let missing = (stop - next) as u64;
                    next = stop;
                    runs.miss(missing)?
                }
                Found::Extent(extent) => {
                    let stop = end.min(extent.end()).min(next + PIECE_BLOCKS);
                    let mut data = vec![0; (stop - next) as usize * BLOCK];
                    image.read(&extent, next, &mut data)?;
                    next = stop;
                    runs.hit(&data)?
                }
            };
            if !goes_on {
                break; // It is enough for one answer; the rest is asked for.
            }
        }
        Ok(())
    }

    fn extents(&mut self, path: &Path) -> Answer<Vec<(u64, u64)>> {
        let image = Tree::open(ImageFile::open(path)?)?;
        let (mut extents, mut next) = (Vec::new(), 0);
        while next < DISK_END {
            next = match image.find(next)? {
                Found::Gap(end) => end,
                Found::Extent(extent) => {
                    extents.push((extent.block, extent.count));
                    extent.end()
                }
            };
        }
        Ok(extents)
    }
}

fn main() {
    vci_port::main(Reader)
}
