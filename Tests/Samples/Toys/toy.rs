// SPDX-License-Identifier: Apache-2.0
//! A program for the tests of the loop in Rust; `toy.py` is the same program, and tells of it.

mod vci_port;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use vci_port::{Answer, Caps, Failure, Info, Program, Repair, Runs, Uuid, Written, BLOCK};

struct Toy;

struct Image {
    path: PathBuf,
    blocks: u64,
    fixed: bool,
    uuid: Uuid,
    mod_uuid: Uuid,
    cached: BTreeMap<u64, Vec<u8>>,
}

fn no_toy() -> Failure {
    let (rule, class) = (Some("VCI-HDR-001".into()), Some("not-vci".into()));
    Failure::Refused {
        rule,
        class,
        message: "no toy".into(),
    }
}

fn load(path: &Path) -> Answer<Image> {
    let bytes = fs::read(path).map_err(|error| Failure::class("io", error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| no_toy())?;
    let mut lines = text.lines();
    let words: Vec<&str> = lines.next().unwrap_or("").split(' ').collect();
    if words.len() != 5 || words[0] != "toy" {
        return Err(no_toy());
    }
    let mut cached = BTreeMap::new();
    for line in lines {
        let (block, data) = line.split_once(' ').unwrap();
        let pairs = (0..data.len()).step_by(2);
        let data = pairs.map(|place| u8::from_str_radix(&data[place..place + 2], 16).unwrap());
        cached.insert(block.parse().unwrap(), data.collect());
    }
    Ok(Image {
        path: path.into(),
        blocks: words[1].parse().unwrap(),
        fixed: words[2] == "fixed",
        uuid: Uuid::parse(words[3]).unwrap(),
        mod_uuid: Uuid::parse(words[4]).unwrap(),
        cached,
    })
}

impl Image {
    fn save(&self) -> Answer<()> {
        let kind = if self.fixed { "fixed" } else { "dynamic" };
        let mut text = format!(
            "toy {} {kind} {} {}\n",
            self.blocks, self.uuid, self.mod_uuid
        );
        for (block, data) in &self.cached {
            let hex: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
            text += &format!("{block} {hex}\n");
        }
        Ok(fs::write(&self.path, text)?)
    }
}

impl Program for Toy {
    type Image = Image;

    fn caps(&self) -> Caps {
        Caps {
            name: "toy",
            version: "0.1",
            language: "a toy",
            homepage: "https://toy.example",
            ops: &[
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
            ],
            features: &["multi-level-tree", "fixed", "mod-uuid"],
            durability: "close",
            max_blocks: Some(1 << 40),
            known: &[("ext-003-end", "https://toy.example/1")],
        }
    }

    fn probe(&mut self, path: &Path) -> Answer<bool> {
        Ok(fs::read(path)?.starts_with(b"toy "))
    }

    fn open(&mut self, path: &Path, _writable: bool, disk: Option<Uuid>) -> Answer<Image> {
        let image = load(path)?;
        match disk {
            Some(uuid) if uuid != image.mod_uuid => Err(Failure::class("not-up-to-date", "")),
            _ => Ok(image),
        }
    }

    fn info(&mut self, image: &mut Image) -> Answer<Info> {
        Ok(Info {
            version: 1,
            fixed: image.fixed,
            blocks: image.blocks,
            dirty: false,
            uuid: image.uuid,
            mod_uuid: image.mod_uuid,
        })
    }

    fn read(&mut self, image: &mut Image, block: u64, count: u64, runs: &mut Runs) -> Answer<()> {
        println!("noise of a read");
        let (mut block, mut count) = (block, count);
        while block >= 100_000 && count > 0 {
            let more = if block % 2 == 0 {
                runs.hit(&[0; BLOCK])?
            } else {
                runs.miss(1)?
            };
            if !more {
                return Ok(());
            }
            (block, count) = (block + 1, count - 1);
        }
        while count > 0 {
            match block {
                666 => {
                    return Err(Failure::rule(
                        "VCI-EXT-003",
                        "a \"quoted\" text,\n of \x01 two lines",
                    ))
                }
                667 => panic!("index out of range"),
                668 => return Err(Failure::unsupported("wide-disks")),
                669 => return Ok(()),
                670 => drop(runs.miss(count + 1)?),
                _ => {}
            }
            let length = match image.cached.get(&block) {
                Some(data) => {
                    runs.hit(data)?;
                    1
                }
                None => {
                    let cached = image.cached.keys().copied().find(|&each| each > block);
                    let special = (666..671).find(|&each| each > block);
                    let ends = [cached, special]
                        .into_iter()
                        .flatten()
                        .map(|each| each - block);
                    let length = ends.min().unwrap_or(count).min(count);
                    runs.miss(length)?;
                    length
                }
            };
            (block, count) = (block.wrapping_add(length), count - length);
        }
        Ok(())
    }

    fn extents(&mut self, path: &Path) -> Answer<Vec<(u64, u64)>> {
        Ok(load(path)?.cached.keys().map(|&block| (block, 1)).collect())
    }

    fn create(&mut self, path: &Path, blocks: u64, fixed: bool, uuid: Uuid) -> Answer<()> {
        if path.exists() {
            return Err(Failure::class("argument", "it exists"));
        }
        let (path, mod_uuid, cached) = (path.into(), Uuid([0; 16]), BTreeMap::new());
        Image {
            path,
            blocks,
            fixed,
            uuid,
            mod_uuid,
            cached,
        }
        .save()
    }

    fn write(&mut self, image: &mut Image, block: u64, data: &[u8]) -> Answer<Written> {
        assert!(block != 667, "index out of range");
        let mut written = Written {
            count: (data.len() / BLOCK).min(4) as u64,
            ..Written::default()
        };
        for (each, data) in (block..block + written.count).zip(data.chunks(BLOCK)) {
            if each == 700 || each >= 1 << 54 {
                image.cached.remove(&each);
                written.dropped.push((each, 1));
            } else {
                image.cached.insert(each, data.into());
            }
        }
        image.save()?;
        Ok(written)
    }

    fn discard(&mut self, image: &mut Image, block: u64, count: u64) -> Answer<()> {
        image
            .cached
            .retain(|&each, _| each < block || each - block >= count);
        image.save()
    }

    fn flush(&mut self, image: &mut Image) -> Answer<()> {
        image.save()
    }

    fn set_moduuid(&mut self, image: &mut Image, uuid: Uuid) -> Answer<()> {
        image.mod_uuid = uuid;
        image.save()
    }

    fn check(&mut self, path: &Path, _repair: Repair) -> Answer<Vec<(String, String)>> {
        load(path)?;
        let found = [
            ("VCI-SHD-001", "dirty"),
            ("VCI-EXT-003", "corruption"),
            ("VCI-SHD-001", "dirty"),
        ];
        Ok(found
            .iter()
            .map(|each| (each.0.into(), each.1.into()))
            .collect())
    }
}

fn main() {
    vci_port::main(Toy)
}
