// SPDX-License-Identifier: Apache-2.0
//! The file of an image: what is in it, and what is not.

#![forbid(unsafe_code)]

use crate::vci_port::{Answer, Failure, BLOCK};
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::Path;

/// A regular file or a block device that is open for reading.
pub struct ImageFile {
    file: File,
    /// Its size in bytes.
    pub size: u64,
}

fn unreadable(error: io::Error) -> Failure {
    Failure::class("io", error.to_string())
}

impl ImageFile {
    /// Opens a file. Nothing else is opened, as that may wait for another program.
    pub fn open(path: &Path) -> Answer<ImageFile> {
        let kind = fs::metadata(path).map_err(unreadable)?.file_type();
        if !kind.is_file() && !kind.is_block_device() {
            return Err(Failure::class(
                "io",
                "neither a regular file nor a block device",
            ));
        }
        let mut file = File::open(path).map_err(unreadable)?;
        let size = file.seek(SeekFrom::End(0)).map_err(unreadable)?;
        Ok(ImageFile { file, size })
    }

    /// Whether all of the `count` blocks from `address` on are in the file. A partial last block
    /// holds nothing.
    pub fn has(&self, address: u64, count: u64) -> bool {
        u128::from(address) + u128::from(count) <= u128::from(self.size / BLOCK as u64)
    }

    /// Reads whole blocks, which are in the file.
    pub fn read(&self, address: u64, bytes: &mut [u8]) -> Answer<()> {
        self.file
            .read_exact_at(bytes, address * BLOCK as u64)
            .map_err(unreadable)
    }
}

/// A little-endian number of up to 8 bytes.
pub fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |value, &byte| value << 8 | u64::from(byte))
}
