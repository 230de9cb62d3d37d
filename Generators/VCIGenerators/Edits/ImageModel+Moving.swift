internal import VCIFormat

extension ImageModel {
  /// Moves the part to which the address at `path` leads, with its bytes, to `address`, and sets
  /// the address. The file grows to the part's end.
  ///
  /// Nothing changes if no part begins where the address leads, or if the part does not fit at the
  /// new place. A node fits on data, on the header's second block, on blocks of the bitmap, whose
  /// bits are then those of its bytes, and on the map's header and other nodes that have the same
  /// bytes there. A map fits on the header's second block. Data fits where no other structure lies.
  mutating func move(_ path: Path, to address: BlockAddress, _ bytes: inout SparseBytes) {
    guard path.isMovable, let index = index(of: path), !isShared(offset(of: index), 8) else {
      return
    }
    let place = BlockAddress(self[index])
    let hasMoved: Bool
    switch path {
    case .field(.blockMap): hasMoved = place == map.first && moveMap(to: address, &bytes)
    case .extent where index.slot >= nodes[index.node].extents.count: return
    case .extent:
      let blocks = nodes[index.node].extents[index.slot].blocks
      hasMoved = moveData(to: BlockRange(address, blocks), &bytes)
    default:
      guard let node = node(at: place), !isUnder(index, ofNode: node, at: address) else { return }
      hasMoved = moveNode(node, to: address, &bytes)
    }
    if hasMoved { change(path, .to(address.rawValue), &bytes) }
  }

  /// Returns whether a number of another structure would lie in a node that is moved to `address`.
  func isUnder(_ number: FieldIndex, ofNode node: Int, at address: BlockAddress) -> Bool {
    let start = offset(of: number)
    let isOwn = number.field.layout.structure == .entry && number.node == node
    return !isOwn && start + 8 > address.bytes
      && start < address.bytes + UInt64(Format.nodeSize)
  }

  private mutating func moveNode(
    _ index: Int, to address: BlockAddress, _ bytes: inout SparseBytes
  ) -> Bool {
    let old = nodes[index].range
    let new = BlockRange(address, Format.nodeBlocks)
    let contents = nodes[index].encode()
    guard !isShared(old.first.bytes, Format.nodeSize), isFree(new, of: contents, ofNode: index)
    else { return false }
    bytes.write([UInt8](repeating: 0, count: Format.nodeSize), at: old.first.bytes)
    for run in data.runs where BlockRange(run).overlaps(old) {
      let rest = run.clamped(to: old.run)
      bytes.fill(BlockRange(rest))
    }
    nodesByAddress[old.first] = nil
    nodesByAddress[address] = index
    nodes[index].range = new
    bytes.write(contents, at: address.bytes)
    share(new, of: contents, ofNode: index)
    grow(to: new, &bytes)
    return true
  }

  /// Returns whether the node at `index` fits at `new`.
  private func isFree(_ new: BlockRange, of contents: [UInt8], ofNode index: Int) -> Bool {
    guard new.isWithin(1, ImagePlan.addressLimit), nodesByAddress[new.first] == nil,
      isFree(new, of: contents)
    else { return false }
    return nodes.indices.allSatisfy { other in
      guard other != index, nodes[other].range.overlaps(new) else { return true }
      let others = nodes[other].encode()
      return overlap(of: new, nodes[other].range).allSatisfy { offset in
        contents[Int(offset - new.first.bytes)]
          == others[Int(offset - nodes[other].range.first.bytes)]
      }
    }
  }

  /// Returns whether bytes at `new` leave the map's header what it is.
  private func isFree(_ new: BlockRange, of contents: [UInt8]) -> Bool {
    guard new.contains(map.first) else { return true }
    let start = Int((map.first - new.first).bytes)
    return contents[start..<start + Format.mapHeaderSize].elementsEqual(encodeMap(0..<1))
  }

  private func overlap(of first: BlockRange, _ second: BlockRange) -> Range<UInt64> {
    let run = first.run.clamped(to: second.run)
    return run.lowerBound * Format.blockSize..<run.upperBound * Format.blockSize
  }

  /// Notes the bytes that a moved node shares with others, and gives them to these.
  private mutating func share(_ new: BlockRange, of contents: [UInt8], ofNode index: Int) {
    if new.first == 1 { shareHeader(with: contents) }
    for other in nodes.indices where other != index && nodes[other].range.overlaps(new) {
      shared.append(overlap(of: new, nodes[other].range))
    }
    guard map.overlaps(new) else { return }
    let place = overlap(of: new, map)
    shared.append(place)
    let start = offset(ofBitmapByte: 0)
    let bitmap = max(place.lowerBound, start)..<place.upperBound
    var held: [BlockRange] = []
    for offset in bitmap {
      let byte = contents[Int(offset - new.first.bytes)]
      for bit in 0..<UInt64(8) where byte >> bit & 1 == 1 {
        held.append(BlockRange(BlockAddress((offset - start) * 8 + bit), 1))
      }
    }
    let region = BlockRange((bitmap.lowerBound - start) * 8..<(bitmap.upperBound - start) * 8)
    bits = BlockRuns(bits.subtracting(BlockRuns([region])).map { BlockRange($0) } + held)
  }

  /// Makes the first 512 of `contents` the header's second block, which holds reserved bytes only.
  private mutating func shareHeader(with contents: [UInt8]) {
    let block = Int(Format.blockSize)
    for offset in block..<Format.headerSize {
      headerReserved.put(contents[offset - block], at: offset - Field.headerReserved.offset)
    }
    shared.append(UInt64(block)..<UInt64(Format.headerSize))
  }

  private mutating func moveMap(to address: BlockAddress, _ bytes: inout SparseBytes) -> Bool {
    let new = BlockRange(address, map.count)
    let pieces = mapPieces()
    let kept = pieces.reduce(0) { $0 + UInt64($1.count) * Format.blockSize }
    guard address != map.first, kept <= Recipe.movedMapLimit,
      new.isWithin(1, ImagePlan.addressLimit), !data.intersects(new.run),
      !nodes.contains(where: { $0.range.overlaps(new) || $0.range.overlaps(map) }),
      !isShared(map.first.bytes, Format.mapHeaderSize)
    else { return false }
    for piece in pieces {
      let count = piece.count * Int(Format.blockSize)
      bytes.write(
        [UInt8](repeating: 0, count: count),
        at: map.first.bytes + piece.lowerBound * Format.blockSize)
    }
    map = new
    for piece in pieces {
      bytes.write(encodeMap(piece), at: address.bytes + piece.lowerBound * Format.blockSize)
    }
    if address == 1 { shareHeader(with: encodeMap(0..<1)) }
    grow(to: new, &bytes)
    return true
  }

  private mutating func moveData(to new: BlockRange, _ bytes: inout SparseBytes) -> Bool {
    guard new.count > 0, new.count.rawValue <= Recipe.movedDataLimit,
      new.isWithin(Format.firstBlock, ImagePlan.addressLimit), !new.overlaps(map),
      !nodes.contains(where: { $0.range.overlaps(new) })
    else { return false }
    data = BlockRuns(data.runs.map { BlockRange($0) } + [new])
    bytes.fill(new)
    grow(to: new, &bytes)
    return true
  }

  private mutating func grow(to part: BlockRange, _ bytes: inout SparseBytes) {
    size = max(size, part.first.bytes + part.count.bytes)
    bytes.size = size
  }
}

extension ImageModel {
  /// Returns whether one of `count` bytes from `offset` on belongs to two structures.
  func isShared(_ offset: UInt64, _ count: Int) -> Bool {
    !shared.isEmpty && shared.contains { $0.overlaps(offset..<offset + UInt64(count)) }
  }

  /// Returns `runs` with the present bits at the shared places of the bitmap.
  func keepingSharedBits(in runs: BlockRuns) -> BlockRuns {
    guard !shared.isEmpty else { return runs }
    let first = offset(ofBitmapByte: 0)
    let last = first + bitCapacity / 8
    let places = BlockRuns(
      shared.map { $0.clamped(to: first..<last) }.filter { !$0.isEmpty }
        .map { BlockRange(($0.lowerBound - first) * 8..<($0.upperBound - first) * 8) })
    let outside = BlockRuns(bits.subtracting(places).map { BlockRange($0) })
    return BlockRuns(
      (runs.subtracting(places) + bits.subtracting(outside)).map { BlockRange($0) })
  }
}
