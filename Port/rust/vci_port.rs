// SPDX-License-Identifier: Apache-2.0
//! Speaks the VCI test port, protocol 1, for a program that reads or writes VCI images.
//!
//! One module, edition 2021, without crates, for Unix and Rust 1.63 or later; copy it into any
//! project.
//!
//! # What to fill in
//!
//! Implement `Program` for a type, with `caps` and those functions that your program has, and call
//! `main`. Only what `caps` names under `ops` is ever asked for. This is a whole adapter; it reads
//! images whose root is a leaf:
//!
//! ```
//! mod vci_port;
//!
//! use std::fs::File;
//! use std::os::unix::fs::FileExt;
//! use std::path::Path;
//! use vci_port::{Answer, Caps, Failure, Program, Runs, Uuid};
//!
//! struct Tiny;
//!
//! struct Image {
//!     file: File,
//!     blocks: u64,
//!     extents: Vec<(u64, u64, u64)>,
//! }
//!
//! fn number(bytes: &[u8]) -> u64 {
//!     bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
//! }
//!
//! fn unreadable(error: std::io::Error) -> Failure {
//!     Failure::class("io", error.to_string())
//! }
//!
//! impl Program for Tiny {
//!     type Image = Image; // what `open` returns, and the functions below get
//!
//!     fn caps(&self) -> Caps {
//!         Caps {
//!             name: "tiny",
//!             version: "0.1",
//!             ops: &["probe", "open-ro", "read"],
//!             features: &[], // it has none of the features of Specs/Port.md
//!             ..Caps::default()
//!         }
//!     }
//!
//!     fn probe(&mut self, path: &Path) -> Answer<bool> {
//!         let mut start = [0; 1024];
//!         let file = File::open(path).map_err(unreadable)?;
//!         let length = file.metadata().map_err(unreadable)?.len();
//!         let length = length.min(1024) as usize;
//!         file.read_exact_at(&mut start[..length], 0).map_err(unreadable)?;
//!         Ok(length == 1024 && start.starts_with(b"VCI\0\x01\0\0\0"))
//!     }
//!
//!     fn open(&mut self, path: &Path, _writable: bool, _disk: Option<Uuid>) -> Answer<Image> {
//!         if !self.probe(path)? {
//!             return Err(Failure::class("not-vci", ""));
//!         }
//!         let file = File::open(path)?; // `?` of an I/O error: an error of this program
//!         let (mut header, mut node) = ([0; 1024], [0; 4096]);
//!         file.read_exact_at(&mut header, 0)?;
//!         let blocks = number(&header[8..16]);
//!         let root = number(&header[21..29]).wrapping_mul(512);
//!         if file.read_exact_at(&mut node, root).is_err() {
//!             return Err(Failure::rule("VCI-FILE-005", "the root is not in the file"));
//!         }
//!         match node[0] {
//!             1 => return Err(Failure::unsupported("multi-level-tree")),
//!             2 => {}
//!             other => return Err(Failure::rule("VCI-NODE-001", format!("type {other}"))),
//!         }
//!         let slots = node[1..4067].chunks_exact(38);
//!         let extents = slots
//!             .map(|slot| (number(&slot[18..26]), number(&slot[26..30]), number(&slot[30..38])))
//!             .filter(|extent| extent.1 != 0 && extent.2 != 0)
//!             .collect();
//!         Ok(Image { file, blocks, extents })
//!     }
//!
//!     fn read(
//!         &mut self, image: &mut Image, block: u64, count: u64, runs: &mut Runs,
//!     ) -> Answer<()> {
//!         let (mut block, end) = (u128::from(block), u128::from(block) + u128::from(count));
//!         for &(start, length, address) in &image.extents {
//!             let low = block.max(u128::from(start));
//!             let high = end.min(u128::from(start) + u128::from(length));
//!             if low >= high {
//!                 continue;
//!             }
//!             if low > block {
//!                 runs.miss((low - block) as u64)?;
//!             }
//!             if u128::from(address) + u128::from(length) > u128::from(image.blocks) {
//!                 return Err(Failure::rule("VCI-EXT-003", format!("address {address}")));
//!             }
//!             for each in low..high {
//!                 let mut data = [0; 512];
//!                 let place = address + (each - u128::from(start)) as u64;
//!                 if image.file.read_exact_at(&mut data, place * 512).is_err() {
//!                     return Err(Failure::rule("VCI-FILE-006", format!("block {place}")));
//!                 }
//!                 if !runs.hit(&data)? {
//!                     return Ok(()); // enough for one answer; the rest is asked for
//!                 }
//!             }
//!             block = high;
//!         }
//!         if block < end {
//!             runs.miss((end - block) as u64)?;
//!         }
//!         Ok(())
//!     }
//! }
//!
//! fn main() {
//!     vci_port::main(Tiny)
//! }
//! ```
//!
//! It is a program of both forms: `tiny session` speaks lines of JSON, `tiny probe FILE` and its
//! like speak exit codes. Real readers check far more than this one.
//!
//! To say no, return a `Failure` with the rule that the image breaks, or with a class of
//! Specs/Port.md. Any I/O error that `?` passes on is an error of your program: it counts like a
//! crash, and the session goes on. So does it after a panic. `println!` goes to standard error; but
//! in the simple form the first line of standard error has a meaning where an operation is refused,
//! so print nothing before.
//!
//! Numbers are of any size, so never allocate by `count` alone, and expect sums to overflow.

#![allow(dead_code)]

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, Read, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::io::{AsFd, FromRawFd};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::exit;

pub const BLOCK: usize = 512;

/// What a function of yours returns.
pub type Answer<T> = Result<T, Failure>;

/// Why something was not done.
#[derive(Debug)]
pub enum Failure {
    /// The program is in control and says no. One of `rule` and `class` is there at least.
    Refused {
        rule: Option<String>,
        class: Option<String>,
        message: String,
    },
    /// It needs a feature that the program does not have.
    Unsupported { feature: String, message: String },
    /// The program has no such operation.
    NotImplemented,
    /// An error of the program itself. It counts like a crash.
    Error(String),
}

impl Failure {
    /// A refusal for a rule, such as "VCI-EXT-003".
    pub fn rule(rule: &str, message: impl Into<String>) -> Failure {
        Failure::Refused {
            rule: Some(rule.into()),
            class: None,
            message: message.into(),
        }
    }

    /// A refusal of a class of Specs/Port.md, such as "locked".
    pub fn class(class: &str, message: impl Into<String>) -> Failure {
        Failure::Refused {
            rule: None,
            class: Some(class.into()),
            message: message.into(),
        }
    }

    /// A feature of Specs/Port.md, such as "multi-level-tree", that the program does not have.
    pub fn unsupported(feature: &str) -> Failure {
        Failure::Unsupported {
            feature: feature.into(),
            message: String::new(),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Error(error.to_string())
    }
}

/// What the program can do. Start from `..Caps::default()`.
#[derive(Clone, Copy, Default)]
pub struct Caps {
    pub name: &'static str,
    /// Not "main", "dev" and the like.
    pub version: &'static str,
    /// "Rust" if it is empty.
    pub language: &'static str,
    pub homepage: &'static str,
    pub ops: &'static [&'static str],
    pub features: &'static [&'static str],
    /// "flush", "close" or "none"; required if `write` is among the operations.
    pub durability: &'static str,
    /// The largest disk that it takes, in blocks.
    pub max_blocks: Option<u64>,
    /// Failures that you know: name of a vector or workload, and address of the issue.
    pub known: &'static [(&'static str, &'static str)],
}

/// A UUID: its 16 bytes as an image stores them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Uuid(pub [u8; 16]);

/// Where the bytes of a UUID's text stand in an image: the first three fields are little endian.
const STORED: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

impl Uuid {
    /// The UUID of a text such as 01234567-89ab-cdef-0123-456789abcdef, in lower case.
    pub fn parse(text: &str) -> Option<Uuid> {
        let bytes = text.as_bytes();
        let dashes = [8, 13, 18, 23];
        if bytes.len() != 36 || dashes.iter().any(|&place| bytes[place] != b'-') {
            return None;
        }
        let mut digits = Vec::new();
        for (place, byte) in bytes.iter().enumerate() {
            match byte {
                b'0'..=b'9' => digits.push(byte - b'0'),
                b'a'..=b'f' => digits.push(byte - b'a' + 10),
                b'-' if dashes.contains(&place) => {}
                _ => return None,
            }
        }
        let mut stored = [0; 16];
        for (pair, place) in digits.chunks_exact(2).zip(STORED) {
            stored[place] = pair[0] << 4 | pair[1];
        }
        Some(Uuid(stored))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        for (index, place) in STORED.into_iter().enumerate() {
            if [4, 6, 8, 10].contains(&index) {
                out.write_str("-")?;
            }
            write!(out, "{:02x}", self.0[place])?;
        }
        Ok(())
    }
}

/// What the header says.
pub struct Info {
    pub version: u32,
    pub fixed: bool,
    pub blocks: u64,
    pub dirty: bool,
    pub uuid: Uuid,
    pub mod_uuid: Uuid,
}

/// What a write did: how many blocks are done with, and which (block, count) were lost on the way.
#[derive(Default)]
pub struct Written {
    pub count: u64,
    pub evicted: Vec<(u64, u64)>,
    pub dropped: Vec<(u64, u64)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Repair {
    None,
    Plan,
    Leaks,
    All,
}

/// The program under test.
pub trait Program {
    /// What `open` returns, and the functions below get.
    type Image;

    fn caps(&self) -> Caps;

    /// Whether the file is a VCI. Class "io" if it can't be read.
    fn probe(&mut self, _path: &Path) -> Answer<bool> {
        Err(Failure::NotImplemented)
    }

    /// Opens an image. `disk` is the modification UUID of the disk; if the image has another,
    /// refuse with the class "not-up-to-date".
    fn open(&mut self, _path: &Path, _writable: bool, _disk: Option<Uuid>) -> Answer<Self::Image> {
        Err(Failure::NotImplemented)
    }

    fn info(&mut self, _image: &mut Self::Image) -> Answer<Info> {
        Err(Failure::NotImplemented)
    }

    /// Gives hits and misses to `runs`, from the first block on. They may end before the request
    /// does; the rest is asked for then. If you refuse after something was given, the refusal is
    /// answered when the rest is asked for.
    fn read(&mut self, _: &mut Self::Image, _block: u64, _count: u64, _: &mut Runs) -> Answer<()> {
        Err(Failure::NotImplemented)
    }

    /// The extents (block, count), ascending.
    fn extents(&mut self, _path: &Path) -> Answer<Vec<(u64, u64)>> {
        Err(Failure::NotImplemented)
    }

    /// Makes an image of `blocks` blocks that caches nothing.
    fn create(&mut self, _path: &Path, _blocks: u64, _fixed: bool, _uuid: Uuid) -> Answer<()> {
        Err(Failure::NotImplemented)
    }

    /// Caches blocks.
    fn write(&mut self, _image: &mut Self::Image, _block: u64, _data: &[u8]) -> Answer<Written> {
        Err(Failure::NotImplemented)
    }

    /// Removes blocks from the cache.
    fn discard(&mut self, _image: &mut Self::Image, _block: u64, _count: u64) -> Answer<()> {
        Err(Failure::NotImplemented)
    }

    /// Makes durable what was written.
    fn flush(&mut self, _image: &mut Self::Image) -> Answer<()> {
        Err(Failure::NotImplemented)
    }

    /// Stores the modification UUID of the disk.
    fn set_moduuid(&mut self, _image: &mut Self::Image, _uuid: Uuid) -> Answer<()> {
        Err(Failure::NotImplemented)
    }

    /// Each broken rule, with its class.
    fn check(&mut self, _path: &Path, _repair: Repair) -> Answer<Vec<(String, String)>> {
        Err(Failure::NotImplemented)
    }

    /// Ends the use of an image.
    fn close(&mut self, _image: Self::Image) -> Answer<()> {
        Ok(())
    }
}

/// The answer to a read, as it grows.
pub struct Runs {
    file: File,
    start: u128,
    position: u128,
    end: u128,
    runs: Vec<(bool, u128, u128)>,
    bytes: usize,
    ended: bool,
}

impl Runs {
    /// The next blocks are a hit, and these are their bytes. False: give no more, it is enough.
    pub fn hit(&mut self, data: &[u8]) -> Answer<bool> {
        if data.is_empty() || data.len() % BLOCK != 0 {
            return Err(Failure::Error(format!(
                "a hit of {} bytes, not of blocks",
                data.len()
            )));
        }
        if self.is_full() {
            return Ok(false);
        }
        let offset = (self.position - self.start) * BLOCK as u128;
        if offset - self.bytes as u128 > GAP_BYTES && !self.runs.is_empty() {
            self.ended = true; // The file would be far larger than what is in it.
            return Ok(false);
        }
        self.add(true, (data.len() / BLOCK) as u128)?;
        self.file.write_all_at(data, offset as u64)?;
        self.bytes += data.len();
        Ok(!self.is_full())
    }

    /// The next `count` blocks are a miss. False: give no more, it is enough.
    pub fn miss(&mut self, count: u64) -> Answer<bool> {
        if count == 0 {
            return Err(Failure::Error("a miss of no blocks".into()));
        }
        if self.is_full() {
            return Ok(false);
        }
        self.add(false, u128::from(count))?;
        Ok(!self.is_full())
    }

    fn is_full(&self) -> bool {
        self.ended || self.runs.len() >= MOST_RUNS || self.bytes >= READ_BYTES
    }

    fn add(&mut self, hit: bool, count: u128) -> Answer<()> {
        if count > self.end - self.position {
            return Err(Failure::Error(format!(
                "read gave blocks up to {} of a request that ends at {}",
                self.position + count,
                self.end
            )));
        }
        match self.runs.last_mut() {
            Some(last) if last.0 == hit => last.2 += count,
            _ => self.runs.push((hit, self.position, count)),
        }
        self.position += count;
        Ok(())
    }
}

/// Runs the program as an adapter, and ends the process.
pub fn main<P: Program>(program: P) -> ! {
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    let mut port = Port {
        caps: program.caps(),
        program,
    };
    if let Err(text) = port.judge_caps() {
        eprintln!("vci_port: {text}");
        exit(1);
    }
    let answers = match take_output() {
        Ok(file) => file,
        Err(error) => {
            eprintln!("vci_port: no file for answers: {error}");
            exit(1);
        }
    };
    let code = if words.len() == 1 && words[0] == "session" {
        Session {
            port,
            answers,
            images: BTreeMap::new(),
            greeted: false,
            done: false,
        }
        .run()
    } else {
        simple(&mut port, answers, &words)
    };
    exit(code)
}

// Nothing below this line needs to be read to write an adapter.

const LINE: u64 = 1 << 20;
const MOST_RUNS: usize = 10_000;
const READ_BYTES: usize = 32 << 20;
const GAP_BYTES: u128 = 512 << 10;
const WRITE_BLOCKS: u128 = (16 << 20) / BLOCK as u128;
const MESSAGE: usize = 10_000;
const HANDLES: usize = 8;
const END: u128 = 1 << 64;
const EXACT: u64 = (1 << 53) - 1;
const OPERATIONS: [&str; 15] = [
    "probe",
    "open-ro",
    "open-rw",
    "info",
    "read",
    "extents",
    "create",
    "write",
    "discard",
    "flush",
    "close",
    "set-moduuid",
    "check",
    "repair-leaks",
    "repair-all",
];
const FEATURES: [&str; 6] = [
    "multi-level-tree",
    "wide-disks",
    "fixed",
    "dirty-recovery",
    "mod-uuid",
    "locks",
];

extern "C" {
    fn dup2(old: i32, new: i32) -> i32;
}

/// The file for answers. What the program prints from now on goes to standard error.
fn take_output() -> io::Result<File> {
    if let Some(number) = env::var_os("VCI_PORT_FD") {
        let number = number.to_str().and_then(|text| text.parse::<u16>().ok());
        let wrong = || io::Error::new(io::ErrorKind::InvalidInput, "VCI_PORT_FD is no number");
        let number = number.ok_or_else(wrong)?;
        // SAFETY: whoever sets the variable hands this descriptor over; nothing else here uses it.
        return Ok(unsafe { File::from_raw_fd(i32::from(number)) });
    }
    let kept = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    // SAFETY: the call has no other effect than to make 1 what 2 is.
    if unsafe { dup2(2, 1) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(kept)
}

fn wrong(message: impl Into<String>) -> Failure {
    Failure::class("argument", message)
}

/// What both forms ask of a program. Each function judges what the program returns.
struct Port<P: Program> {
    program: P,
    caps: Caps,
}

impl<P: Program> Port<P> {
    fn judge_caps(&mut self) -> Result<(), String> {
        let caps = &mut self.caps;
        if caps.language.is_empty() {
            caps.language = "Rust";
        }
        for text in [caps.name, caps.version] {
            if text.is_empty() || text.len() > 100 || text.chars().any(char::is_control) {
                return Err(format!("{text:?} is no name or version"));
            }
        }
        if ["main", "master", "trunk", "dev", "latest", "head"].contains(&caps.version) {
            return Err(format!(
                "version {:?} says nothing, as it moves",
                caps.version
            ));
        }
        if let Some(op) = caps.ops.iter().find(|op| !OPERATIONS.contains(op)) {
            return Err(format!("there is no operation {op:?}"));
        }
        if let Some(name) = caps.features.iter().find(|name| !FEATURES.contains(name)) {
            return Err(format!("there is no feature {name:?}"));
        }
        if caps.durability.is_empty() && caps.ops.contains(&"write") {
            return Err("a program that writes declares its durability".into());
        }
        if !["", "flush", "close", "none"].contains(&caps.durability) {
            return Err(format!("durability {:?} is none", caps.durability));
        }
        match caps
            .known
            .iter()
            .find(|known| known.0.is_empty() || known.0.contains(' '))
        {
            Some(known) => Err(format!("known: {:?} is no name", known.0)),
            None => Ok(()),
        }
    }

    fn require(&self, op: &str) -> Answer<()> {
        if self.caps.ops.contains(&op) {
            Ok(())
        } else {
            Err(Failure::NotImplemented)
        }
    }

    fn need(&self, feature: &str) -> Answer<()> {
        let has = self.caps.features.contains(&feature);
        if has {
            Ok(())
        } else {
            Err(Failure::unsupported(feature))
        }
    }

    fn probe(&mut self, path: &Path) -> Answer<()> {
        self.require("probe")?;
        if self.program.probe(path)? {
            Ok(())
        } else {
            Err(Failure::class("not-vci", ""))
        }
    }

    fn open(&mut self, path: &Path, writable: bool, disk: Option<Uuid>) -> Answer<P::Image> {
        self.require(if writable { "open-rw" } else { "open-ro" })?;
        if disk.is_some() {
            self.need("mod-uuid")?;
        }
        self.program.open(path, writable, disk)
    }

    fn info(&mut self, image: &mut P::Image) -> Answer<Info> {
        self.require("info")?;
        self.program.info(image)
    }

    /// The runs (hit, block, count). The bytes of hits are in the file.
    fn read(
        &mut self,
        image: &mut P::Image,
        block: u128,
        count: u128,
        file: File,
    ) -> Answer<Vec<(bool, u128, u128)>> {
        self.require("read")?;
        let (first, most) = request(block, count)?;
        let end = block + u128::from(most);
        let mut runs = Runs {
            file,
            start: block,
            position: block,
            end,
            runs: vec![],
            bytes: 0,
            ended: false,
        };
        match self.program.read(image, first, most, &mut runs) {
            Err(refusal @ Failure::Refused { .. }) if runs.runs.is_empty() => Err(refusal),
            Ok(()) if runs.runs.is_empty() => Err(Failure::Error(
                "read gave nothing; it must give one block at least".into(),
            )),
            Ok(()) | Err(Failure::Refused { .. }) => Ok(runs.runs),
            Err(failure) => Err(failure),
        }
    }

    /// The lines of the list.
    fn extents(&mut self, path: &Path) -> Answer<String> {
        self.require("extents")?;
        let (mut end, mut lines) = (0, String::new());
        for (block, count) in self.program.extents(path)? {
            if u128::from(block) < end || count == 0 {
                return Err(Failure::Error(format!(
                    "extents gave {block} {count} after {end}"
                )));
            }
            end = u128::from(block) + u128::from(count);
            lines += &format!("{block} {count}\n");
        }
        Ok(lines)
    }

    fn create(&mut self, path: &Path, blocks: u128, fixed: bool, uuid: Uuid) -> Answer<()> {
        self.require("create")?;
        if fixed {
            self.need("fixed")?;
        }
        let blocks =
            u64::try_from(blocks).map_err(|_| wrong("there are no images of 2^64 blocks"))?;
        self.program.create(path, blocks, fixed, uuid)
    }

    fn write(
        &mut self,
        image: &mut P::Image,
        block: u128,
        count: u128,
        file: &Path,
    ) -> Answer<Written> {
        self.require("write")?;
        let (first, _) = request(block, count)?;
        let file = File::open(file).map_err(|error| wrong(format!("the file: {error}")))?;
        if u128::from(file.metadata()?.len()) != count * BLOCK as u128 {
            return Err(wrong(format!("the file has not {count} blocks")));
        }
        let offered = count.min(WRITE_BLOCKS);
        let mut data = vec![0; offered as usize * BLOCK];
        file.read_exact_at(&mut data, 0)?;
        let mut written = self.program.write(image, first, &data)?;
        if written.count == 0 || u128::from(written.count) > offered {
            return Err(Failure::Error(format!(
                "write is done with {} blocks",
                written.count
            )));
        }
        written.evicted.truncate(MOST_RUNS / 2);
        written.dropped.truncate(MOST_RUNS / 2);
        Ok(written)
    }

    fn discard(&mut self, image: &mut P::Image, block: u128, count: u128) -> Answer<()> {
        self.require("discard")?;
        let (block, count) = request(block, count)?;
        self.program.discard(image, block, count)
    }

    fn flush(&mut self, image: &mut P::Image) -> Answer<()> {
        self.require("flush")?;
        self.program.flush(image)
    }

    fn set_moduuid(&mut self, image: &mut P::Image, uuid: Uuid) -> Answer<()> {
        self.require("set-moduuid")?;
        self.program.set_moduuid(image, uuid)
    }

    /// The set of (rule, class), sorted.
    fn check(&mut self, path: &Path, repair: Repair) -> Answer<Vec<(String, String)>> {
        self.require("check")?;
        match repair {
            Repair::None => {}
            Repair::Plan => self
                .require("repair-leaks")
                .or(self.require("repair-all"))?,
            Repair::Leaks => self.require("repair-leaks")?,
            Repair::All => self.require("repair-all")?,
        }
        let mut found = self.program.check(path, repair)?;
        found.sort();
        found.dedup();
        let classes = ["corruption", "summary", "leak", "dirty", "advice"];
        match found
            .iter()
            .find(|each| !classes.contains(&each.1.as_str()))
        {
            Some(each) => Err(Failure::Error(format!("there is no class {:?}", each.1))),
            None => Ok(found),
        }
    }
}

/// A request as 64-bit numbers. Of 2^64 blocks from block 0 on, the last one is left to be asked.
fn request(block: u128, count: u128) -> Answer<(u64, u64)> {
    if count < 1 || block + count > END {
        return Err(wrong(format!(
            "{count} blocks from block {block} on are no request"
        )));
    }
    Ok((block as u64, count.min(u128::from(u64::MAX)) as u64))
}

fn digits(text: &str) -> Answer<u128> {
    let is_number = (1..=20).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    match text.parse() {
        Ok(value) if is_number && value <= END => Ok(value),
        _ => Err(wrong(format!(
            "{text:?} is no decimal number, at most 2^64"
        ))),
    }
}

fn identity(text: &str) -> Answer<Uuid> {
    Uuid::parse(text).ok_or_else(|| wrong(format!("{text:?} is no UUID")))
}

fn existing(path: &Path) -> Answer<File> {
    let file = OpenOptions::new().write(true).open(path);
    file.map_err(|error| wrong(format!("the file {}: {error}", path.display())))
}

// JSON

enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

/// The value of a text that is nothing but JSON; no key stands twice in an object.
fn parse(text: &str) -> Result<Json, String> {
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    reader.skip();
    if reader.rest.is_empty() {
        Ok(value)
    } else {
        Err("more than one value".into())
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth > 64 {
            return Err("it is nested too deeply".into());
        }
        self.skip();
        match self.rest.bytes().next() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Json::Text(self.text()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.take("true") => Ok(Json::Bool(true)),
            _ if self.take("false") => Ok(Json::Bool(false)),
            _ if self.take("null") => Ok(Json::Null),
            _ => Err("no value".into()),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        self.take("{");
        let mut found = BTreeMap::new();
        self.skip();
        if self.take("}") {
            return Ok(Json::Object(found));
        }
        loop {
            self.skip();
            let key = self.text()?;
            self.skip();
            if !self.take(":") {
                return Err("no colon after a key".into());
            }
            let value = self.value(depth + 1)?;
            if found.insert(key, value).is_some() {
                return Err("a key stands twice in an object".into());
            }
            self.skip();
            if self.take("}") {
                return Ok(Json::Object(found));
            }
            if !self.take(",") {
                return Err("no comma in an object".into());
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, String> {
        self.take("[");
        let mut found = vec![];
        self.skip();
        if self.take("]") {
            return Ok(Json::List(found));
        }
        loop {
            found.push(self.value(depth + 1)?);
            self.skip();
            if self.take("]") {
                return Ok(Json::List(found));
            }
            if !self.take(",") {
                return Err("no comma in a list".into());
            }
        }
    }

    fn number(&mut self) -> Result<Json, String> {
        let is_part = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        let whole = text.strip_prefix('-').unwrap_or(text);
        let leads =
            whole.len() > 1 && whole.starts_with('0') && whole.as_bytes()[1].is_ascii_digit();
        let ends = whole.ends_with(|c: char| c.is_ascii_digit());
        let point = whole.split_once('.').map_or(true, |(left, right)| {
            left.ends_with(|c: char| c.is_ascii_digit())
                && right.starts_with(|c: char| c.is_ascii_digit())
        });
        let begins = whole.starts_with(|c: char| c.is_ascii_digit());
        if leads || !ends || !begins || !point || text.parse::<f64>().is_err() {
            return Err("no number".into());
        }
        Ok(Json::Number(text.into()))
    }

    fn text(&mut self) -> Result<String, String> {
        if !self.take("\"") {
            return Err("no string".into());
        }
        let mut found = String::new();
        loop {
            let mut each = self.rest.chars();
            let next = each.next().ok_or("a string without its end")?;
            self.rest = each.as_str();
            match next {
                '"' => return Ok(found),
                '\\' => found.push(self.escape()?),
                '\0'..='\x1f' => return Err("a control character in a string".into()),
                _ => found.push(next),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        for (name, value) in [
            ("\"", '"'),
            ("\\", '\\'),
            ("/", '/'),
            ("b", '\x08'),
            ("f", '\x0c'),
            ("n", '\n'),
            ("r", '\r'),
            ("t", '\t'),
        ] {
            if self.take(name) {
                return Ok(value);
            }
        }
        let mut code = self.unit()?;
        if (0xd800..0xdc00).contains(&code) {
            if !self.take("\\") {
                return Err("half of a surrogate pair".into());
            }
            let low = self.unit()?;
            if !(0xdc00..0xe000).contains(&low) {
                return Err("half of a surrogate pair".into());
            }
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        char::from_u32(code).ok_or_else(|| "half of a surrogate pair".into())
    }

    fn unit(&mut self) -> Result<u32, String> {
        let hex = self.rest.get(1..5).filter(|_| self.rest.starts_with('u'));
        let hex = hex.filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let hex = hex.ok_or("an unknown escape in a string")?;
        let value = u32::from_str_radix(hex, 16).map_err(|error| error.to_string())?;
        self.rest = &self.rest[5..];
        Ok(value)
    }
}

/// A text as a string of JSON.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for each in text.chars() {
        match each {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\0'..='\x1f' => out += &format!("\\u{:04x}", each as u32),
            _ => out.push(each),
        }
    }
    out + "\""
}

fn message(text: &str) -> String {
    text.chars().take(MESSAGE).collect()
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

// The session form

struct Session<P: Program> {
    port: Port<P>,
    answers: File,
    images: BTreeMap<String, (P::Image, bool)>,
    greeted: bool,
    done: bool,
}

/// The keys of a request, without `id` and `op`.
type Keys = BTreeMap<String, Json>;

/// The keys of each request; one with a question mark may be absent.
const REQUESTS: [(&str, &[&str]); 15] = [
    ("hello", &["protocol", "features"]),
    ("ping", &[]),
    ("bye", &[]),
    ("probe", &["image"]),
    ("open", &["image", "handle", "mode", "modUuid?"]),
    ("info", &["handle"]),
    ("read", &["handle", "block", "count", "file"]),
    ("extents", &["image", "file"]),
    ("create", &["image", "blocks", "type", "uuid"]),
    ("write", &["handle", "block", "count", "file"]),
    ("discard", &["handle", "block", "count"]),
    ("flush", &["handle"]),
    ("set-moduuid", &["handle", "uuid"]),
    ("close", &["handle"]),
    ("check", &["image", "repair"]),
];

fn text<'a>(keys: &'a Keys, key: &str) -> Answer<&'a str> {
    match keys.get(key) {
        Some(Json::Text(text)) => Ok(text),
        _ => Err(wrong(format!("{key} is no string"))),
    }
}

fn path(keys: &Keys, key: &str) -> Answer<PathBuf> {
    let text = text(keys, key)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    if !(2..1000).contains(&text.len()) || !text.starts_with('/') || !text.bytes().all(plain) {
        return Err(wrong(format!(
            "{text:?} is no absolute path of plain characters"
        )));
    }
    Ok(PathBuf::from(text))
}

fn handle(keys: &Keys) -> Answer<&str> {
    let text = text(keys, "handle")?;
    if !(1..=16).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(wrong(format!("{text:?} is no handle")));
    }
    Ok(text)
}

fn one_of<'a>(keys: &'a Keys, key: &str, words: &[&str]) -> Answer<&'a str> {
    let text = text(keys, key)?;
    if !words.contains(&text) {
        return Err(wrong(format!(
            "{key} {text:?} is none of {}",
            words.join(", ")
        )));
    }
    Ok(text)
}

fn run_of(keys: &Keys) -> Answer<(u128, u128)> {
    Ok((digits(text(keys, "block")?)?, digits(text(keys, "count")?)?))
}

impl<P: Program> Session<P> {
    /// Answers requests until there are no more. Returns the exit code.
    fn run(mut self) -> i32 {
        let mut input = io::stdin().lock();
        let mut code = 0;
        while !self.done {
            let mut line = vec![];
            match (&mut input).take(LINE).read_until(b'\n', &mut line) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    eprintln!("vci_port: standard input: {error}");
                    code = 1;
                    break;
                }
            }
            if let Err(problem) = self.answer(&line) {
                eprintln!("vci_port: {problem}");
                code = 1;
                break;
            }
        }
        if self.close_all() {
            code
        } else {
            1
        }
    }

    /// Answers a line. An error: it can't be answered.
    fn answer(&mut self, line: &[u8]) -> Result<(), String> {
        if line.last() != Some(&b'\n') {
            return Err("no line, or one of more than 1 MiB".into());
        }
        let line = std::str::from_utf8(line).map_err(|error| error.to_string())?;
        let value = parse(line).map_err(|text| format!("a line that is no request: {text}"))?;
        let mut keys = match value {
            Json::Object(keys) => keys,
            _ => return Err("a line that is no request: no object".into()),
        };
        let id = match keys.remove("id") {
            Some(Json::Number(text)) => text.parse::<u64>().ok().filter(|&id| id <= EXACT),
            _ => None,
        };
        let id = id.ok_or("a line that is no request: no id")?;
        let result = catch_unwind(AssertUnwindSafe(|| self.carry_out(keys)));
        let result = result.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            Err(Failure::Error(format!(
                "panic: {}",
                text.unwrap_or_default()
            )))
        });
        let answer = format!("{{\"id\": {id}, {}}}\n", told(result));
        self.answers
            .write_all(answer.as_bytes())
            .map_err(|error| error.to_string())
    }

    /// The keys of the answer, as text that begins with a comma.
    fn carry_out(&mut self, mut keys: Keys) -> Answer<String> {
        let op = match keys.remove("op") {
            Some(Json::Text(op)) => op,
            _ => return Err(wrong("no op")),
        };
        let (_, known) = REQUESTS
            .iter()
            .find(|each| each.0 == op)
            .ok_or(Failure::NotImplemented)?;
        let plain = |name: &&str| name.trim_end_matches('?').to_string();
        if let Some(key) = keys
            .keys()
            .find(|key| !known.iter().any(|name| plain(name) == **key))
        {
            return Err(wrong(format!("{op} has no key {key:?}")));
        }
        if let Some(key) = known
            .iter()
            .find(|key| !key.ends_with('?') && !keys.contains_key(**key))
        {
            return Err(wrong(format!("{op} needs the key {key:?}")));
        }
        if (op == "hello") == self.greeted {
            return Err(wrong("hello is the first request, and no other"));
        }
        match op.as_str() {
            "hello" => self.hello(&keys),
            "ping" => Ok(String::new()),
            "bye" => {
                self.done = true;
                let closed = self.close_all();
                if closed {
                    Ok(String::new())
                } else {
                    Err(Failure::Error("not closed".into()))
                }
            }
            "probe" => self
                .port
                .probe(&path(&keys, "image")?)
                .map(|()| String::new()),
            "open" => self.open(&keys),
            "extents" => {
                let file = path(&keys, "file")?;
                let lines = self.port.extents(&path(&keys, "image")?)?;
                existing(&file)?.write_all(lines.as_bytes())?;
                Ok(String::new())
            }
            "create" => {
                let fixed = one_of(&keys, "type", &["dynamic", "fixed"])? == "fixed";
                let (blocks, uuid) = (digits(text(&keys, "blocks")?)?, text(&keys, "uuid")?);
                let image = path(&keys, "image")?;
                self.port
                    .create(&image, blocks, fixed, identity(uuid)?)
                    .map(|()| String::new())
            }
            "check" => self.check(&keys),
            _ => self.use_image(&op, &keys),
        }
    }

    fn hello(&mut self, keys: &Keys) -> Answer<String> {
        let (versions, features) = match (keys.get("protocol"), keys.get("features")) {
            (Some(Json::List(versions)), Some(Json::List(features))) => (versions, features),
            _ => return Err(wrong("protocol and features are lists")),
        };
        if !versions.iter().all(|each| matches!(each, Json::Number(_)))
            || !features.iter().all(|each| matches!(each, Json::Text(_)))
        {
            return Err(wrong(
                "protocol is a list of numbers, and features one of names",
            ));
        }
        if !versions
            .iter()
            .any(|each| matches!(each, Json::Number(text) if text == "1"))
        {
            return Err(Failure::unsupported("protocol"));
        }
        self.greeted = true;
        let caps = &self.port.caps;
        let mut out = format!(
            ", \"protocol\": 1, \"caps\": {{\"name\": {}",
            quoted(caps.name)
        );
        for (key, value) in [
            ("version", caps.version),
            ("language", caps.language),
            ("homepage", caps.homepage),
            ("durability", caps.durability),
        ] {
            if !value.is_empty() {
                out += &format!(", \"{key}\": {}", quoted(value));
            }
        }
        if let Some(blocks) = caps.max_blocks {
            out += &format!(", \"maxBlocks\": \"{blocks}\"");
        }
        let names = |names: &[&str]| list(names.iter().map(|name| quoted(name)));
        out += &format!(
            ", \"ops\": {}, \"features\": {}",
            names(caps.ops),
            names(caps.features)
        );
        if !caps.known.is_empty() {
            let known = caps.known.iter().map(|(name, issue)| {
                format!(
                    "{{\"name\": {}, \"issue\": {}}}",
                    quoted(name),
                    quoted(issue)
                )
            });
            out += &format!(", \"known\": {}", list(known));
        }
        Ok(out + "}")
    }

    fn open(&mut self, keys: &Keys) -> Answer<String> {
        let name = handle(keys)?;
        let writable = one_of(keys, "mode", &["ro", "rw"])? == "rw";
        let disk = match keys.get("modUuid") {
            Some(_) => Some(identity(text(keys, "modUuid")?)?),
            None => None,
        };
        let image = path(keys, "image")?;
        if self.images.contains_key(name) {
            return Err(wrong(format!("an image is open as {name}")));
        }
        if self.images.len() == HANDLES {
            return Err(wrong(format!("{HANDLES} images are open")));
        }
        let image = self.port.open(&image, writable, disk)?;
        self.images.insert(name.into(), (image, writable));
        Ok(String::new())
    }

    fn check(&mut self, keys: &Keys) -> Answer<String> {
        let repair = match one_of(keys, "repair", &["none", "plan", "leaks", "all"])? {
            "none" => Repair::None,
            "plan" => Repair::Plan,
            "leaks" => Repair::Leaks,
            _ => Repair::All,
        };
        let found = self.port.check(&path(keys, "image")?, repair)?;
        let found = found.iter().map(|(rule, class)| {
            format!(
                "{{\"rule\": {}, \"class\": {}}}",
                quoted(rule),
                quoted(class)
            )
        });
        Ok(format!(", \"findings\": {}", list(found)))
    }

    /// What is asked of an image that is open.
    fn use_image(&mut self, op: &str, keys: &Keys) -> Answer<String> {
        let name = handle(keys)?;
        if op == "close" {
            let (image, _) = self.images.remove(name).ok_or_else(|| unopened(name))?;
            return self.port.program.close(image).map(|()| String::new());
        }
        let Session { port, images, .. } = self;
        let (image, writable) = images.get_mut(name).ok_or_else(|| unopened(name))?;
        if op == "info" {
            return port.info(image).map(|info| told_info(&info));
        }
        if op == "read" {
            let (block, count) = run_of(keys)?;
            let runs = port.read(image, block, count, existing(&path(keys, "file")?)?)?;
            let runs = runs.iter().map(|&(hit, block, count)| {
                let state = if hit { "hit" } else { "miss" };
                format!(
                    "{{\"state\": \"{state}\", \"block\": \"{block}\", \"count\": \"{count}\"}}"
                )
            });
            return Ok(format!(", \"runs\": {}", list(runs)));
        }
        port.require(op)?;
        if !*writable {
            return Err(wrong("the image is open for reading"));
        }
        match op {
            "flush" => port.flush(image)?,
            "set-moduuid" => port.set_moduuid(image, identity(text(keys, "uuid")?)?)?,
            "discard" => {
                let (block, count) = run_of(keys)?;
                port.discard(image, block, count)?;
            }
            _ => {
                let (block, count) = run_of(keys)?;
                let written = port.write(image, block, count, &path(keys, "file")?)?;
                return Ok(told_written(&written));
            }
        }
        Ok(String::new())
    }

    /// Closes what is open. False: not everything could be closed.
    fn close_all(&mut self) -> bool {
        let mut all = true;
        for (_, (image, _)) in std::mem::take(&mut self.images) {
            let result = catch_unwind(AssertUnwindSafe(|| self.port.program.close(image)));
            if !matches!(result, Ok(Ok(()))) {
                eprintln!("vci_port: an image could not be closed");
                all = false;
            }
        }
        all
    }
}

fn unopened(name: &str) -> Failure {
    wrong(format!("no image is open as {name}"))
}

fn told_info(info: &Info) -> String {
    format!(
        ", \"version\": \"{}\", \"type\": \"{}\", \"blocks\": \"{}\", \"dirty\": {}, \
         \"uuid\": \"{}\", \"modUuid\": \"{}\"",
        info.version,
        kind(info),
        info.blocks,
        info.dirty,
        info.uuid,
        info.mod_uuid
    )
}

fn kind(info: &Info) -> &'static str {
    if info.fixed {
        "fixed"
    } else {
        "dynamic"
    }
}

fn losses(written: &Written) -> impl Iterator<Item = (&'static str, u64, u64)> + '_ {
    let evicted = written
        .evicted
        .iter()
        .map(|&(block, count)| ("evicted", block, count));
    evicted.chain(
        written
            .dropped
            .iter()
            .map(|&(block, count)| ("dropped", block, count)),
    )
}

fn told_written(written: &Written) -> String {
    let lost = losses(written).map(|(reason, block, count)| {
        format!("{{\"reason\": \"{reason}\", \"block\": \"{block}\", \"count\": \"{count}\"}}")
    });
    let lost: Vec<String> = lost.collect();
    let mut out = format!(", \"written\": \"{}\"", written.count);
    if !lost.is_empty() {
        out += &format!(", \"losses\": {}", list(lost.into_iter()));
    }
    out
}

/// An outcome, with its keys.
fn told(result: Answer<String>) -> String {
    let (mut out, text) = match result {
        Ok(keys) => return format!("\"outcome\": \"ok\"{keys}"),
        Err(Failure::NotImplemented) => return "\"outcome\": \"not-implemented\"".into(),
        Err(Failure::Refused {
            rule,
            class,
            message,
        }) => {
            let mut out = String::from("\"outcome\": \"refused\"");
            let class = class.or_else(|| rule.is_none().then(|| "other".into()));
            for (key, value) in [("rule", rule), ("class", class)] {
                if let Some(value) = value {
                    out += &format!(", \"{key}\": {}", quoted(&value));
                }
            }
            (out, message)
        }
        Err(Failure::Unsupported { feature, message }) => (
            format!(
                "\"outcome\": \"unsupported\", \"feature\": {}",
                quoted(&feature)
            ),
            message,
        ),
        Err(Failure::Error(message)) => {
            eprintln!("vci_port: {message}");
            ("\"outcome\": \"error\"".into(), message)
        }
    };
    if !text.is_empty() {
        out += &format!(", \"message\": {}", quoted(&message(&text)));
    }
    out
}

// The simple form

/// Carries out an operation, and returns the exit code.
fn simple<P: Program>(port: &mut Port<P>, mut answers: File, words: &[OsString]) -> i32 {
    let result = carry_out(port, words);
    let (code, line) = match result {
        Ok(output) => match answers.write_all(output.as_bytes()) {
            Ok(()) => return 0,
            Err(error) => (1, error.to_string()),
        },
        Err(None) => (64, "usage: OPERATION ARGUMENTS, as in Specs/Port.md".into()),
        Err(Some(Failure::NotImplemented)) => return 5,
        Err(Some(Failure::Refused {
            rule,
            class,
            message,
        })) => {
            let words: Vec<String> = rule.into_iter().chain(class).collect();
            (10, format!("{}: {message}", words.join(" ")))
        }
        Err(Some(Failure::Unsupported { feature, message })) => {
            (4, format!("{feature}: {message}"))
        }
        Err(Some(Failure::Error(message))) => (1, format!("error: {message}")),
    };
    eprintln!("{line}");
    code
}

/// What an operation prints. `None` as an error is wrong usage.
fn carry_out<P: Program>(
    port: &mut Port<P>,
    words: &[OsString],
) -> Result<String, Option<Failure>> {
    let op = words.first().and_then(|op| op.to_str()).ok_or(None)?;
    let word = |index: usize| words.get(index).and_then(|word| word.to_str()).ok_or(None);
    let number = |index: usize| digits(word(index)?).map_err(|_| None);
    let uuid = |index: usize| identity(word(index)?).map_err(|_| None);
    let image = Path::new(words.get(1).map_or("".as_ref(), |word| word.as_os_str()));
    let done = |()| String::new();
    Ok(match (op, words.len()) {
        ("caps", 1) => told_caps(&port.caps),
        ("probe", 2) => port.probe(image).map(done)?,
        ("open-ro" | "open-rw", 2 | 3) => {
            let disk = if words.len() == 3 {
                Some(uuid(2)?)
            } else {
                None
            };
            with(port, image, op == "open-rw", disk, |_, _| Ok(String::new()))?
        }
        ("info", 2) => {
            port.require("info")?;
            let info = with(port, image, false, None, |port, image| port.info(image))?;
            let dirty = if info.dirty { "yes" } else { "no" };
            format!(
                "version={}\ntype={}\nblocks={}\ndirty={dirty}\nuuid={}\nmoduuid={}\n",
                info.version,
                kind(&info),
                info.blocks,
                info.uuid,
                info.mod_uuid
            )
        }
        ("read", 5) => {
            port.require("read")?;
            let (block, count) = (number(2)?, number(3)?);
            let file = File::create(&words[4]).map_err(|error| Some(error.into()))?;
            let runs = with(port, image, false, None, |port, image| {
                port.read(image, block, count, file)
            })?;
            let state = |hit| if hit { "hit" } else { "miss" };
            runs.iter()
                .map(|run| format!("{} {} {}\n", state(run.0), run.1, run.2))
                .collect()
        }
        ("extents", 2) => port.extents(image)?,
        ("create", 5) => {
            let fixed = match word(3)? {
                "fixed" => true,
                "dynamic" => false,
                _ => return Err(None),
            };
            port.create(image, number(2)?, fixed, uuid(4)?).map(done)?
        }
        ("write", 5) => {
            port.require("write")?;
            let (block, count, file) = (number(2)?, number(3)?, Path::new(&words[4]));
            let written = with(port, image, true, None, |port, image| {
                port.write(image, block, count, file)
            })?;
            let lost = losses(&written)
                .map(|(reason, block, count)| format!("{reason} {block} {count}\n"));
            format!("written {}\n", written.count) + &lost.collect::<String>()
        }
        ("discard", 4) => {
            port.require("discard")?;
            let (block, count) = (number(2)?, number(3)?);
            with(port, image, true, None, |port, image| {
                port.discard(image, block, count)
            })
            .map(done)?
        }
        ("flush", 2) => {
            port.require("flush")?;
            with(port, image, true, None, |port, image| port.flush(image)).map(done)?
        }
        ("set-moduuid", 3) => {
            port.require("set-moduuid")?;
            let new = uuid(2)?;
            with(port, image, true, None, |port, image| {
                port.set_moduuid(image, new)
            })
            .map(done)?
        }
        ("check", 2 | 4) => {
            let repair = match (words.len(), word(2), word(3)) {
                (2, ..) => Repair::None,
                (_, Ok("--repair"), Ok("leaks")) => Repair::Leaks,
                (_, Ok("--repair"), Ok("all")) => Repair::All,
                _ => return Err(None),
            };
            let found = port.check(image, repair)?;
            let found = found.iter().map(|(rule, class)| {
                format!(
                    "{{\"rule\": {}, \"class\": {}}}",
                    quoted(rule),
                    quoted(class)
                )
            });
            format!("{{\"findings\": {}}}\n", list(found))
        }
        _ => return Err(None),
    })
}

/// What `work` returns for an image, which is closed whatever comes.
fn with<P: Program, T>(
    port: &mut Port<P>,
    path: &Path,
    writable: bool,
    disk: Option<Uuid>,
    work: impl FnOnce(&mut Port<P>, &mut P::Image) -> Answer<T>,
) -> Result<T, Option<Failure>> {
    let mut image = port.open(path, writable, disk)?;
    let result = work(port, &mut image);
    let closed = port.program.close(image);
    let value = result?;
    closed?;
    Ok(value)
}

fn told_caps(caps: &Caps) -> String {
    let mut out = String::new();
    for (key, value) in [
        ("name", caps.name),
        ("version", caps.version),
        ("language", caps.language),
        ("homepage", caps.homepage),
        ("durability", caps.durability),
    ] {
        if !value.is_empty() {
            out += &format!("{key}={value}\n");
        }
    }
    if let Some(blocks) = caps.max_blocks {
        out += &format!("max-blocks={blocks}\n");
    }
    for name in caps.ops.iter().chain(caps.features) {
        out += &format!("{name}\n");
    }
    for (name, issue) in caps.known {
        out += &format!("known={name} {issue}\n");
    }
    out
}
