internal import VCIFormat

/// The nodes that a reader has decoded.
private final class DecodedNodes {
  struct Key: Hashable {
    let address: BlockAddress
    let level: Int
  }

  var nodes: [Key: ModelNode?] = [:]
}

/// A reader with one mistake, or with none: what it answers follows from an image's bytes alone.
///
/// It checks what VCI-RD-001, VCI-RD-002 and VCI-RD-004 ask of a reader, in the order of
/// "Reads" in `Specs/Reference.md`.
package struct MistakenReader {
  let bytes: SparseBytes
  let mistake: Mistake?
  /// The header, as the reader decodes it.
  let header: Header
  /// The file's whole blocks, as the reader counts them.
  let fileBlocks: UInt128
  private let decoded = DecodedNodes()

  /// Makes a reader of an image.
  package init(_ bytes: SparseBytes, _ mistake: Mistake? = nil) {
    self.bytes = bytes
    self.mistake = mistake
    var header = bytes.header
    if case .number(.field(let field), let loss) = mistake {
      header[field] = loss.remainder(of: header[field])
    }
    self.header = header
    let rounding: UInt64 = mistake == .habit(.fileRoundedUp) ? Format.blockSize - 1 : 0
    fileBlocks =
      mistake == .habit(.fileSizeTrusted)
      ? .max >> 1 : (UInt128(bytes.size) + UInt128(rounding)) / UInt128(Format.blockSize)
  }

  /// Where in the tree a rule is applied.
  struct Spot {
    let level: Int
    var slot = 0
    var capacity = 1
  }

  /// Returns the node at `address`, as the reader decodes it at this level; `nil` if it refuses its
  /// type.
  func node(at address: BlockAddress, level: Int = 1) -> ModelNode? {
    let key = DecodedNodes.Key(address: address, level: level)
    if let known = decoded.nodes[key] { return known }
    let node = decode(at: address, level)
    decoded.nodes[key] = .some(node)
    return node
  }

  func has(_ habit: Habit) -> Bool { mistake == .habit(habit) }

  /// Returns the byte of the file at which the reader looks for a block.
  ///
  /// Of a block of the file 64 bits hold it, so a program that takes other blocks for such ones, by
  /// signs or by sums that wrap, has no reason to compute it in more.
  func start(of block: BlockAddress) -> UInt64 {
    guard case .comparison(_, let slip) = mistake, slip.isArithmetic else { return block.bytes }
    return block.rawValue &* Format.blockSize
  }

  /// Returns whether the reader applies `rule` at `spot`.
  func applies(_ rule: Rule, at spot: Spot) -> Bool {
    guard case .scope(rule, let scope) = mistake else { return true }
    return scope.covers(level: spot.level, slot: spot.slot, capacity: spot.capacity)
  }

  /// Returns whether the reader takes `left` to be at most `right`.
  func takes(
    _ comparison: Comparison, _ left: UInt128, atMost right: UInt128, at spot: Spot? = nil
  ) -> Bool {
    if let spot, !applies(comparison.rule, at: spot) { return true }
    guard let slip = slip(in: comparison) else { return left <= right }
    return slip.takesAtMost(left, right)
  }

  /// Returns whether the reader takes `left` for `right`.
  func takes(
    _ comparison: Comparison, _ left: UInt128, equal right: UInt128, at spot: Spot? = nil
  ) -> Bool {
    if let spot, !applies(comparison.rule, at: spot) { return true }
    guard let slip = slip(in: comparison) else { return left == right }
    return slip.takesEqual(left, right)
  }

  private func slip(in comparison: Comparison) -> Slip? {
    guard case .comparison(let wrong, let slip) = mistake else { return nil }
    return wrong == comparison || slip.isArithmetic && wrong == comparison.arithmetic ? slip : nil
  }
}

extension MistakenReader {
  /// VCI-FILE-001, VCI-HDR-001, VCI-HDR-002: whether a probe takes the image.
  package func probes() -> Bool {
    takes(.fileSize, UInt128(Format.headerSize), atMost: UInt128(bytes.size))
      && takes(.signature, UInt128(header.signature), equal: UInt128(Header.signature))
      && takes(.version, UInt128(header.version), equal: UInt128(Header.version))
  }

  /// Whether an open for reading takes the image.
  package func opens() -> Bool {
    guard probes(), takesHeader(), takesPlaces(), takesMap() else { return false }
    guard !refusesAdvice() else { return false }
    guard let root = node(at: header.treeRoot) else { return false }
    return isSound(root, level: 1)
  }

  /// VCI-HDR-003, VCI-HDR-004, VCI-HDR-005, VCI-HDR-009.
  private func takesHeader() -> Bool {
    let blocks = UInt128(header.blocks.rawValue)
    return takes(.blocksLow, 2 + mapBlocks + 8, atMost: blocks)
      && takes(.blocksHigh, blocks, atMost: UInt128(Format.maximumBlocks.rawValue))
      && takes(.unclean, UInt128(header.uncleanShutdown), atMost: 1)
      && takes(.typeLow, 1, atMost: UInt128(header.cacheType))
      && takes(.typeHigh, UInt128(header.cacheType), atMost: 2)
      && takes(.mapBlocks, UInt128(header.blockMapBlocks.rawValue), equal: mapBlocks)
  }

  /// The blocks that the reader thinks the map needs.
  private var mapBlocks: UInt128 {
    let blocks = UInt128(header.blocks.rawValue)
    let whole = blocks / 4096
    if has(.mapBlocksRoundedDown) { return 1 + whole }
    if has(.mapBlocksOneMore) { return 2 + whole }
    let needed = whole + (blocks % 4096 == 0 ? 0 : 1)
    // Of a legal cache 32 bits hold it, so the program has no reason to compute it in more.
    if case .comparison(.blocksHigh, _) = mistake { return (needed + 1) & 0xffff_ffff }
    return has(.mapHeaderNotCounted) ? needed : needed + 1
  }

  /// VCI-HDR-006, VCI-HDR-007, VCI-HDR-008, VCI-FILE-005.
  private func takesPlaces() -> Bool {
    let blocks = UInt128(header.blocks.rawValue)
    let root = UInt128(header.treeRoot.rawValue)
    let map = UInt128(header.blockMap.rawValue)
    let mapEnd = map + UInt128(header.blockMapBlocks.rawValue)
    return takes(.rootLow, 2, atMost: root) && takes(.rootHigh, root + 8, atMost: blocks)
      && takes(.mapLow, 2, atMost: map) && takes(.mapHigh, mapEnd, atMost: blocks)
      && (root < map
        ? takes(.rootBeforeMap, root + 8, atMost: map)
        : takes(.mapBeforeRoot, mapEnd, atMost: root))
      && takes(.mapInFile, mapEnd, atMost: fileBlocks)
      && takes(.rootInFile, root + 8, atMost: fileBlocks)
  }

  /// VCI-MAP-001, VCI-MAP-002, VCI-MAP-003, VCI-MAP-004.
  private func takesMap() -> Bool {
    let raw = bytes.bytes(at: start(of: header.blockMap), count: Format.mapHeaderSize)
    var map = unsafe BlockMapHeader(decoding: raw.span.bytes)
    if case .number(.field(let field), let loss) = mistake {
      map[field] = loss.remainder(of: map[field])
    }
    let sum =
      UInt128(map.free.rawValue) + UInt128(map.metadata.rawValue) + UInt128(map.data.rawValue)
    return takes(.mapMagic, UInt128(map.magic), equal: UInt128(BlockMapHeader.magic))
      && takes(.mapVersion, UInt128(map.version), equal: UInt128(BlockMapHeader.version))
      && takes(.mapCovers, UInt128(map.blocks.rawValue), equal: UInt128(header.blocks.rawValue))
      && takes(.mapSum, sum, equal: UInt128(map.blocks.rawValue))
  }

  /// Whether the reader refuses an image for something that VCI-RD-005 forbids it to refuse for.
  private func refusesAdvice() -> Bool {
    guard case .habit(let habit) = mistake else { return false }
    let (size, capacity) = (bytes.size, header.blocks.bytes)
    switch habit {
    case .reservedRefused:
      return bytes.bytes(at: UInt64(Field.headerReserved.offset), count: 951).contains { $0 != 0 }
    case .nilUUIDRefused: return header.imageUUID == .nil
    case .dirtyRefused: return header.uncleanShutdown != 0
    case .longFileRefused: return size > capacity
    case .shortFixedRefused: return header.cacheType == 2 && size < capacity
    case .partialBlockRefused: return size % Format.blockSize != 0
    case .unalignedRefused: return header.blocks.rawValue % 4096 != 0
    default: return false
    }
  }
}
