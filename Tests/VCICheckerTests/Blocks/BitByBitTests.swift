import Testing
import VCIChecker
import VCIFormat
import VCITesting

/// What a leaf and a bitmap say, told bit by bit and with nothing but arrays: slow and plain.
private struct PlainTruth {
  var findings: Set<String> = []

  init(_ extents: [(address: Int, count: Int)], bits: [Bool], metadata: Int, data: Int) {
    var isMetadata = [Bool](repeating: false, count: 4096)
    for block in 0..<12 { isMetadata[block] = true }
    var isData = [Bool](repeating: false, count: 4096)
    for (slot, extent) in extents.enumerated() {
      let blocks = extent.address..<extent.address + extent.count
      if blocks.contains(where: { isMetadata[$0] }) { findings.insert("VCI-EXT-005 \(slot)") }
      if blocks.contains(where: { isData[$0] }) { findings.insert("VCI-EXT-006 \(slot)") }
      if let clear = blocks.first(where: { !bits[$0] }) {
        findings.insert("VCI-EXT-004 \(slot) \(clear)")
      }
      for block in blocks { isData[block] = true }
    }
    for part in [0..<2, 2..<4, 4..<12] {
      if let clear = part.first(where: { !bits[$0] }) { findings.insert("VCI-MAP-008 \(clear)") }
    }
    var hasLeaks = false
    for block in 0..<4096 where bits[block] && !isMetadata[block] && !isData[block] {
      hasLeaks = true
      let before = block - 1
      if !bits[before] || isMetadata[before] || isData[before] {
        findings.insert("VCI-OCC-001 \(block)")
      }
    }
    let owned = (0..<4096).filter { isData[$0] && !isMetadata[$0] }.count
    let holds = { (metadata: Int, data: Int) in
      hasLeaks ? metadata >= 12 && data >= owned : metadata == 12 && data == owned
    }
    if !holds(metadata, data) {
      let isExchanged = metadata != data && holds(data, metadata)
      findings.insert(isExchanged ? "VCI-MAP-010" : "VCI-MAP-009")
    }
  }
}

struct `Bit by bit` {
  @Test
  func `a plain count agrees with the checker on random bitmaps and extents`() throws {
    var random = Mixer(state: 20)
    let checker = Checker(budget: 5000)
    for _ in 0..<400 {
      let (image, truth) = randomImage(&random)
      let found = try checker.check(BytesSource(image.bytes, size: 4096 * 512)).findings
      #expect(Set(found.map(Self.words)) == truth.findings)
      #expect(found.count == truth.findings.count)
    }
  }

  /// A finding in the words of the plain count.
  private static func words(_ finding: Violation) -> String {
    switch finding.path {
    case .bit(let block): "\(finding.rule) \(block)"
    case .extent(_, let slot, _) where finding.rule == .extentAllocated:
      "\(finding.rule) \(slot) \(finding.actual)"
    case .extent(_, let slot, _): "\(finding.rule) \(slot)"
    default: "\(finding.rule)"
    }
  }

  /// An image whose extents may collide and whose bits are those of metadata and extents, with
  /// none or some turned; its free counter is right, the two others share the rest.
  private func randomImage(_ random: inout Mixer) -> (HandmadeImage, PlainTruth) {
    var image = HandmadeImage()
    var bits = (0..<4096).map { $0 < 12 }
    var extents: [(address: Int, count: Int)] = []
    for slot in 0..<random.below(random.below(2) == 0 ? 6 : 108) {
      let count = 1 + random.below(random.below(4) == 0 ? 300 : 4)
      let address = 2 + random.below(4095 - count)
      extents.append((address, count))
      for block in address..<address + count { bits[block] = true }
      image.putExtent(
        slot, offset: UInt64(slot) << 20, blocks: UInt64(count), address: UInt64(address))
    }
    for _ in 0..<random.below(4) {
      let first = random.below(4096)
      let last = min(4095, first + random.below(random.below(2) == 0 ? 2 : 200))
      for block in first...last { bits[block].toggle() }
    }
    for (block, bit) in bits.enumerated() {
      let mask: UInt8 = 1 << UInt8(block % 8)
      if bit {
        image.bytes[1536 + block / 8] |= mask
      } else {
        image.bytes[1536 + block / 8] &= ~mask
      }
    }
    let set = bits.filter { $0 }.count
    let metadata = [min(12, set), max(0, set - 12), random.below(set + 1)][random.below(3)]
    image.put(UInt64(4096 - set), width: 8, at: 1040)
    image.put(UInt64(metadata), width: 8, at: 1048)
    image.put(UInt64(set - metadata), width: 8, at: 1056)
    return (
      image, PlainTruth(extents, bits: bits, metadata: metadata, data: set - metadata)
    )
  }
}

/// Numbers that look random and are the same in every run.
struct Mixer {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }

  /// A number from 0 to `bound`, `bound` not included.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
