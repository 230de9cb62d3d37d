import VCIFormat
import VCIReference
import VCIReferenceTesting

/// A typical image, each byte of which has a name, to see what rot in each does.
struct RottenImage {
  /// Bytes of one kind, and how many of them had which outcome when a bit of them was wrong.
  struct Region {
    let name: String
    private(set) var bytes: [Int] = []
    private(set) var counts: [DamageOutcome: Int] = [:]

    init(_ name: String) { self.name = name }

    mutating func add(_ places: some Sequence<Int>) { bytes += places }
    mutating func note(_ outcome: DamageOutcome, _ count: Int) {
      counts[outcome, default: 0] += count
    }
  }

  let bytes: [UInt8]
  private let cache: ExpectedCache
  private(set) var regions: [Region] = []

  /// An image with 108 extents of 1 to 16 blocks, and some free blocks between.
  init() throws {
    let uuid = ImageUUID(high: 3, low: 4)
    let storage = MemoryStorage()
    let plan = try CacheImage.Plan(
      blocks: 4096, type: .dynamic, imageUUID: ImageUUID(high: 1, low: 2),
      modificationUUID: uuid)
    try CacheImage.create(in: storage, plan)
    let image = try CacheImage.open(storage, purpose: .writing)
    var values: [UInt64: Set<UInt8>] = [:]
    for extent in 0..<112 as Range<UInt64> {
      let (place, count) = (extent * 20, extent * 7 % 16 + 1)
      let value = UInt8(extent + 1)
      try image.put([UInt8](repeating: value, count: Int(count)), at: place)
      for block in place..<place + count { values[block] = [value] }
    }
    for extent in [10, 40, 41, 90] as [UInt64] {
      try image.forget(extent * 20, 16)
      for block in extent * 20..<extent * 20 + 16 { values[block] = nil }
    }
    try image.close()
    bytes = storage.bytes
    cache = ExpectedCache(values, modificationUUID: uuid)
    name()
  }

  /// Makes a bit of each byte wrong and notes the outcomes. Of data and of free blocks one byte
  /// stands for 4096, of reserved and unused bytes and of links one for 31, of other fields of
  /// extents one for five.
  mutating func rot() {
    var rotten = bytes
    for index in regions.indices {
      let places = regions[index].bytes
      let step = Self.step(of: regions[index].name)
      for start in stride(from: 0, to: places.count, by: step) {
        let count = min(step, places.count - start)
        let place = places[start + places[start] / 512 % count]
        rotten[place] ^= 1 << UInt8((place &* 5) % 8)
        regions[index].note(cache.outcome(of: rotten), count)
        rotten[place] = bytes[place]
      }
    }
  }

  /// For how many bytes of a region one stands.
  private static func step(of name: String) -> Int {
    switch name {
    case data, free: 4096
    case otherBits: 31
    case _ where alike.contains { name.hasSuffix($0) }: 31
    case _ where name.hasPrefix("leaf, ") && name != "leaf, `u8Type`": 5
    default: 1
    }
  }

  /// Regions whose bytes are all alike.
  private static let alike = [unused, "Reserved`", "ExtentPrev`", "ExtentNext`"]
  private static let otherBits = "other bits"
  private static let unused = "unused slots and padding"
  private static let data = "data"
  private static let free = "free blocks"
}

extension RottenImage {
  /// Names every byte.
  private mutating func name() {
    nameFields(.header, at: 0)
    nameFields(.blockMap, at: 1024)
    let used = (0..<bytes.count / 512).filter(isAllocated)
    var bitmap = Region("bits of blocks of the file")
    bitmap.add(1536..<1536 + (bytes.count / 512 + 7) / 8)
    var rest = Region(Self.otherBits)
    rest.add(bitmap.bytes.count + 1536..<2048)
    regions += [bitmap, rest]
    let nodes = nameNodes()
    var data = Region(Self.data)
    var free = Region(Self.free)
    for block in 4..<bytes.count / 512 where !nodes.contains(block) {
      let places = block * 512..<block * 512 + 512
      if used.contains(block) { data.add(places) } else { free.add(places) }
    }
    regions += [data, free]
  }

  private func isAllocated(_ block: Int) -> Bool { bytes[1536 + block / 8] & 1 << (block % 8) != 0 }

  private mutating func nameFields(_ structure: Structure, at base: Int) {
    for field in Field.allCases where field.layout.structure == structure {
      var region = Region("\(structure == .header ? "header" : "map"), \(Self.title(field))")
      region.add(base + field.offset..<base + field.offset + field.layout.width)
      regions.append(region)
    }
  }

  /// A field's name in the specification, without its structure.
  private static func title(_ field: Field) -> String {
    "`\(field.rawValue.split(separator: ".").last ?? "")`"
  }

  /// Names the bytes of all nodes; returns their blocks.
  private mutating func nameNodes() -> Set<Int> {
    var blocks = Set<Int>()
    var nodes = [number(at: 21, 8)]
    var named: [String: Region] = [:]
    var order: [String] = []
    func add(_ name: String, _ places: Range<Int>) {
      if named[name] == nil { order.append(name) }
      named[name, default: Region(name)].add(places)
    }
    while !nodes.isEmpty {
      let node = nodes.removeFirst()
      blocks.formUnion(node..<node + 8)
      let base = node * 512
      let isLeaf = bytes[base] == NodeType.leaf.rawValue
      let title = isLeaf ? "leaf" : "internal node"
      let structure = isLeaf ? Structure.extent : .entry
      add("\(title), `u8Type`", base..<base + 1)
      var slot = base + 1
      while slot + structure.size <= base + 4096,
        number(at: slot + (isLeaf ? 26 : 8), 4) != 0
      {
        for field in Field.allCases where field.layout.structure == structure {
          let place = slot + field.offset
          add("\(title), \(Self.title(field))", place..<place + field.layout.width)
        }
        if !isLeaf { nodes.append(number(at: slot + 12, 8)) }
        slot += structure.size
      }
      add("\(title), \(Self.unused)", slot..<base + 4096)
    }
    regions += order.compactMap { named[$0] }
    return blocks
  }

  /// A number of the image, little endian.
  private func number(at place: Int, _ width: Int) -> Int {
    (0..<width).reversed().reduce(0) { $0 << 8 | Int(bytes[place + $1]) }
  }
}

extension RottenImage {
  /// The table of `Specs/FaultClasses.md`.
  var table: [String] {
    let outcomes = DamageOutcome.allCases
    var lines = [
      "| bytes | how many | " + outcomes.map(\.rawValue).joined(separator: " | ") + " |",
      "|---" + String(repeating: "|--:", count: outcomes.count + 1) + "|",
    ]
    for region in regions {
      let cells = outcomes.map { "\(region.counts[$0] ?? 0)" }
      lines.append(Self.line(region.name, region.bytes.count, cells))
    }
    let sums = outcomes.map { outcome in
      regions.reduce(0) { $0 + ($1.counts[outcome] ?? 0) }
    }
    lines.append(Self.line("all", bytes.count, sums.map { "\($0)" }))
    let shares = sums.map { sum in
      let tenths = (sum * 1000 + bytes.count / 2) / bytes.count
      return "\(tenths / 10).\(tenths % 10) %"
    }
    return lines + [Self.line("share", bytes.count, shares)]
  }

  private static func line(_ name: String, _ count: Int, _ cells: [String]) -> String {
    "| \(name) | \(count) | " + cells.joined(separator: " | ") + " |"
  }
}
