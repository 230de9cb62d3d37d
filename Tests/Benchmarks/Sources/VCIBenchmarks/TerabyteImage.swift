import Glibc
import SystemPackage
import Tables
import VCIFormat
import VCIReference
import struct WriterParts.SplitMix

/// A cache of 1 TiB in a sparse file.
enum TerabyteImage {
  /// Where the disk blocks lie that it holds.
  enum Shape: String, CaseIterable {
    /// Two apart, written in order.
    case packed
    /// Anywhere in a disk of 1 TiB, written in disorder.
    case scattered
  }

  private static let blocks: UInt64 = 1 << 31

  /// Makes the image and writes so many disk blocks, an extent each, with no flush but that of the
  /// close; prints a line for each step.
  static func fill(_ shape: Shape, extents: Int, fileAt path: String) throws {
    try step("create") {
      let plan = try CacheImage.Plan(
        blocks: BlockCount(blocks), type: .dynamic, imageUUID: ImageUUID(high: 1, low: 2))
      try CacheImage.create(at: FilePath(path), plan)
    }
    let image = try step("open") { try CacheImage.open(at: FilePath(path), purpose: .writing) }
    let bytes = [UInt8](repeating: 0x5a, count: 512)
    try step("write") {
      for index in 0..<extents {
        let offset = offset(shape, index, of: extents)
        let taken = try image.write(bytes.span.bytes, at: BlockOffset(offset)) { loss in
          fatalError("lost \(loss)")
        }
        guard taken == 1 else { throw Failure("\(taken) blocks of one") }
      }
    }
    try step("close") { try image.close() }
  }

  /// Opens the image for writing and closes it; prints a line for each step.
  static func reopen(fileAt path: String) throws {
    let image = try step("reopen") {
      try CacheImage.open(at: FilePath(path), purpose: .writing)
    }
    try step("close again") { try image.close() }
  }

  /// The disk block that is written as number `index` of `count`.
  ///
  /// It follows from the two by themselves: a list of all would count as memory of the image.
  private static func offset(_ shape: Shape, _ index: Int, of count: Int) -> UInt64 {
    guard shape == .scattered else { return UInt64(index) * 2 }
    let bits = UInt64(count).bitWidth - (UInt64(count) - 1).leadingZeroBitCount
    let mask: UInt64 = 1 << UInt64(bits) - 1
    var place = UInt64(index)
    // Each step leads to another number of so many bits; from one below the count to one below it.
    repeat {
      for _ in 0..<3 {
        place = place &* 0x9e37_79b9_7f4a_7c15 & mask
        place ^= place >> UInt64((bits + 1) / 2)
      }
    } while place >= UInt64(count)
    let distance = blocks / UInt64(count)
    var random = SplitMix(seed: place)
    return place * distance + UInt64.random(in: 0..<distance - 1, using: &random)
  }

  private static func step<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
    let (start, wall) = (processorTime(), wallTime())
    let result = try body()
    let (end, wallEnd) = (processorTime(), wallTime())
    print("\(name):\(end - start):\(wallEnd - wall):\(memory("VmRSS:")):\(memory("VmHWM:"))")
    return result
  }

  /// What the system says of this process's memory, in bytes.
  private static func memory(_ name: String) -> Int {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(cString: line)
      guard text.hasPrefix(name) else { continue }
      let words = text.split(whereSeparator: \.isWhitespace)
      return words.dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 } ?? 0
    }
    return 0
  }
}

/// What a step of work on an image took.
private struct Step {
  let name: String
  let processorTime: Double
  let time: Double
  let memory: Int
  let peak: Int

  init(reading line: Substring) throws {
    let words = line.split(separator: ":")
    guard words.count == 5, let processorTime = Double(words[1]), let time = Double(words[2]),
      let memory = Int(words[3]), let peak = Int(words[4])
    else { throw Failure("not a step: \(line)") }
    name = String(words[0])
    self.processorTime = processorTime
    self.time = time
    self.memory = memory
    self.peak = peak
  }
}

/// Prints what it takes to fill a cache of 1 TiB with so many extents, to close it, to open it
/// again and to check it; each in a process of its own where memory is measured.
func measureTerabyte(extents: Int) throws {
  for shape in TerabyteImage.Shape.allCases {
    try withTemporaryFolder { folder in
      let path = "\(folder)/image.vci"
      defer { unlink(path) }
      let filled = try steps(["--fill", shape.rawValue, "\(extents)", path])
      let again = try steps(["--reopen", path])
      var table = Table(
        "1 TiB, \(extents) extents, \(shape)", ["cpu s", "wall s", "MiB", "peak MiB"])
      for step in filled + again {
        table.add(
          step.name,
          [
            fixed(step.processorTime, 3), fixed(step.time, 3), mebibytes(step.memory),
            mebibytes(step.peak),
          ])
      }
      table.print()
      try showMemory(of: path, extents, filled: filled, again: again)
      try showFile(at: path)
    }
  }
}

private func steps(_ arguments: [String]) throws -> [Step] {
  try expectSuccess(ChildProcess.beside(nil), arguments).output.split(separator: "\n")
    .map(Step.init)
}

private func mebibytes(_ bytes: Int) -> String { fixed(Double(bytes) / 1_048_576, 1) }

/// Prints what a handle holds beyond that of an empty image, for each extent and node.
private func showMemory(
  of path: String, _ extents: Int, filled: [Step], again: [Step]
) throws {
  guard let empty = filled.first(where: { $0.name == "open" }) else { return }
  let image = try CacheImage.open(at: FilePath(path), purpose: .information)
  let information = image.information
  let others = 2 + information.map.count.rawValue
  let nodes = Int(information.counters.metadata.rawValue - others) / 8
  try image.close()
  for step in filled + again where ["write", "close", "reopen"].contains(step.name) {
    let own = Double(step.peak - empty.memory)
    let most = Double(extents + nodes) * 48 + 1_048_576
    print(
      "\(step.name): \(mebibytes(Int(own))) MiB at the peak for \(extents) extents and \(nodes) nodes:",
      "\(fixed((own - 1_048_576) / Double(extents + nodes), 1)) bytes each beside 1 MiB,",
      own <= most ? "within 48" : "MORE THAN 48")
  }
}

private func showFile(at path: String) throws {
  var status = stat()
  guard stat(path, &status) == 0 else { throw Failure.system("stat") }
  let child = try expectSuccess(
    ChildProcess.beside(nil), ["--one", Options.CheckerName.swift.rawValue, path])
  let check = try TimedCheck(reading: child.output)
  print(
    "file: \(mebibytes(Int(status.st_size))) MiB, on the disk",
    "\(mebibytes(Int(status.st_blocks) * 512)) MiB; check: \(check.verdict),",
    "\(duration(check.processorTime)), peak \(mebibytes(child.peakMemory)) MiB\n")
}
