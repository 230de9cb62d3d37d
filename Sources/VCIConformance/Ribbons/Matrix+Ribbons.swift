internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

extension Matrix.Ribbons {
  /// The most runs of a ribbon.
  private static let mostRuns = 200

  /// Makes the ribbons of an image: what its disk has, as reads must find it, and where the parts
  /// of the file lie. They are cut after 200 runs.
  init(_ image: Expectations) {
    let header = image.bytes.header
    let cached: [(disk: Range<UInt64>, address: UInt64)] =
      image.reads?.extents.map {
        (
          $0.offset.rawValue..<$0.offset.rawValue + $0.blocks.rawValue, $0.address.rawValue
        )
      } ?? []
    var disk: [Matrix.Run] = []
    var next: UInt64 = 0
    for run in cached.sorted(by: { $0.disk.lowerBound < $1.disk.lowerBound }) {
      if run.disk.lowerBound > next {
        disk.append(Self.run(next..<run.disk.lowerBound, .missing))
      }
      disk.append(Self.run(run.disk, .cached, at: run.address))
      next = max(next, run.disk.upperBound)
    }
    self.disk = Array(disk.prefix(Self.mostRuns))
    let end = max(1, (image.bytes.size + Format.blockSize - 1) / Format.blockSize)
    var parts: [(blocks: Range<UInt64>, role: Matrix.Run.Role, other: UInt64?)] = []
    func add(_ first: UInt64, _ count: UInt64, _ role: Matrix.Run.Role, _ other: UInt64? = nil) {
      let (last, overflow) = first.addingReportingOverflow(count)
      let blocks = first..<max(first, min(overflow ? .max : last, end))
      if first < end, !blocks.isEmpty { parts.append((blocks, role, other)) }
    }
    add(0, 2, .header)
    add(header.blockMap.rawValue, UInt64(header.blockMapBlocks.rawValue), .map)
    add(header.treeRoot.rawValue, Format.nodeBlocks.rawValue, .node)
    for run in cached { add(run.address, UInt64(run.disk.count), .data, run.disk.lowerBound) }
    var file: [Matrix.Run] = []
    next = 0
    for part in parts.sorted(by: { $0.blocks.lowerBound < $1.blocks.lowerBound }) {
      if part.blocks.lowerBound > next {
        file.append(Self.run(next..<part.blocks.lowerBound, .free))
      }
      file.append(Self.run(part.blocks, part.role, at: part.other))
      next = max(next, part.blocks.upperBound)
    }
    if next < end { file.append(Self.run(next..<end, .free)) }
    self.file = Array(file.prefix(Self.mostRuns))
  }

  private static func run(
    _ blocks: Range<UInt64>, _ role: Matrix.Run.Role, at other: UInt64? = nil
  ) -> Matrix.Run {
    Matrix.Run(
      block: "\(blocks.lowerBound)", count: "\(blocks.upperBound - blocks.lowerBound)",
      role: role, other: other.map { "\($0)" })
  }
}
