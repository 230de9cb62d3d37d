package import VCIFormat

/// A question that a program with a mistake answers wrongly.
package enum Parting: Hashable, Sendable {
  case probe
  /// An open for reading.
  case open
  /// A read of this many blocks from this block on, after an open.
  case read(BlockOffset, BlockCount)
}

/// What must be answered of an image, and the questions by which mistakes are told.
///
/// The answers come from a forecast, never from a reader of the image.
package struct Interrogation {
  private let bytes: SparseBytes
  private let isProbed: Bool
  private let isOpened: Bool
  /// Whether an open may refuse the image too, for damage of a later stage.
  private let mayBeRefused: Bool
  private let reads: ReadForecast
  private let places: [(block: BlockOffset, count: BlockCount)]

  /// Makes the interrogation of an image with a forecast, whose reads return what `reads` says.
  package init(_ bytes: SparseBytes, _ forecast: Forecast, _ reads: ReadForecast) {
    self.init(bytes, forecast.staged.filter(\.isCorruption).map(\.stage), reads)
  }

  /// Makes the interrogation of an image in which a check must find `findings`, and in which no
  /// other node shares bytes with the root.
  package init(_ bytes: SparseBytes, _ findings: [ForecastFinding], _ reads: ReadForecast) {
    let root = bytes.header.treeRoot.bytes
    let stages = findings.filter { $0.ruleClass == .corruption }.map { finding in
      let isRoot = finding.offset >= root && finding.offset - root < UInt64(Format.nodeSize)
      return finding.rule.stage(in: isRoot ? .root : .elsewhere)
    }
    self.init(bytes, stages, reads)
  }

  /// Makes the interrogation of an image whose corruptions are found at `stages`.
  private init(_ bytes: SparseBytes, _ stages: [Stage], _ reads: ReadForecast) {
    self.bytes = bytes
    isProbed = !stages.contains(.probe)
    isOpened = stages.allSatisfy { $0 > .open }
    mayBeRefused = !stages.isEmpty
    self.reads = reads
    places = isOpened ? Self.places(in: reads) : []
  }

  /// The most extents and damaged ranges at whose edges blocks are read, from either end of the
  /// disk on.
  private static let mostEdges = 12

  /// The distances at which a number that loses bits is another block.
  private static let aliases: [UInt64] = [8, 16, 31, 32, 53, 54, 55, 63].map { 1 << $0 }

  private static func places(
    in reads: ReadForecast
  ) -> [(block: BlockOffset, count: BlockCount)] {
    var places: [(block: UInt64, count: UInt64)] = [
      (0, 1), (0, 1 << 33), (0, 1 << 54 - 1), (0, 1 << 54), (0, 1 << 55), (0, 1 << 63),
    ]
    let indices = Array(0..<reads.count)
    let first = indices.prefix(mostEdges)
    for index in first + indices.dropFirst(mostEdges).suffix(mostEdges) {
      let edges = reads.edges(of: index).map(\.rawValue)
      let (start, length) = (edges[0], edges[2] &- edges[0])
      for edge in edges { places += [(edge, 1), (edge, 3)] }
      places += [(start, length), (edges[3], length &+ 2), (edges[2], 1 << 33)]
      for alias in aliases { places.append((start &+ alias, 1)) }
      for step in [1 << 7, 1 << 8, 1 << 16] as [UInt64] where step < length {
        places.append((start + step, 2))
      }
    }
    return places.filter { $0.count > 0 && $0.block <= .max - $0.count }
      .map { (BlockOffset($0.block), BlockCount($0.count)) }
  }

  /// Returns a question that a program with `mistake` answers wrongly; `nil` if it answers all as
  /// it must.
  package func parting(from mistake: Mistake?) -> Parting? {
    let reader = MistakenReader(bytes, mistake)
    guard reader.probes() == isProbed else { return .probe }
    guard isProbed else { return nil }
    guard reader.opens() else { return isOpened && !mayBeRefused ? .open : nil }
    guard isOpened else { return .open }
    let place = places.first { !isRight(reader, at: $0.block, $0.count) }
    return place.map { .read($0.block, $0.count) }
  }

  /// The most answers that one read is followed through.
  private static let mostAnswers = 64

  private func isRight(
    _ reader: MistakenReader, at block: BlockOffset, _ count: BlockCount
  ) -> Bool {
    var (block, rest) = (block, count)
    for _ in 0..<Self.mostAnswers {
      let done: BlockCount
      switch reader.answer(at: block, count: rest) {
      case .refused: return reads.hasDamage
      case .hit(let served, let address):
        guard served > 0, served <= rest, isRight(served, at: block, from: address) else {
          return false
        }
        done = served
      case .miss(let missing):
        guard missing > 0, missing <= rest, mayMiss(missing, at: block) else { return false }
        done = missing
      }
      guard done < rest else { return true }
      (block, rest) = (BlockOffset(block.rawValue + done.rawValue), rest - done)
    }
    return true
  }

  /// Returns whether the blocks from `block` on may be served from `address` on.
  private func isRight(
    _ count: BlockCount, at block: BlockOffset, from address: BlockAddress
  ) -> Bool {
    var (block, address, rest) = (block, address, count)
    for _ in 0..<Self.mostAnswers {
      guard case .hit(let held, let place) = reads.answer(at: block, count: rest) else {
        return false
      }
      guard held > 0, place == address || isSame(place, address, held) else { return false }
      guard held < rest else { return true }
      block = block + held
      address = BlockAddress(address.rawValue &+ held.rawValue)
      rest = rest - held
    }
    return true
  }

  /// Returns whether the first and the last of some blocks have the same bytes in both places.
  private func isSame(_ left: BlockAddress, _ right: BlockAddress, _ count: BlockCount) -> Bool {
    [0, count.rawValue - 1].allSatisfy { step in
      let places = [left, right].map { BlockAddress($0.rawValue &+ step).bytes }
      return bytes.bytes(at: places[0], count: 512) == bytes.bytes(at: places[1], count: 512)
    }
  }

  private func mayMiss(_ count: BlockCount, at block: BlockOffset) -> Bool {
    guard !reads.hasDamage else { return true }
    guard block < Format.diskEnd else { return true }
    guard case .miss(let missing) = reads.answer(at: block, count: count) else { return false }
    return missing >= count
  }
}
