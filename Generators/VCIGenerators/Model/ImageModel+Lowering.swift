internal import VCIFormat

extension ImageModel {
  /// The image's bytes.
  func lowered() -> SparseBytes {
    var image = SparseBytes(size: size)
    image.setData(
      data.runs.map {
        BlockRange(BlockAddress($0.lowerBound), BlockCount($0.upperBound - $0.lowerBound))
      })
    image.addPiece(loweredHeader(), at: 0)
    var isMapAdded = false
    for index in nodes.indices.sorted(by: { nodes[$0].place.first < nodes[$1].place.first }) {
      if !isMapAdded, map.first < nodes[index].place.first {
        addMap(to: &image)
        isMapAdded = true
      }
      image.addPiece(nodes[index].lowered(), at: nodes[index].place.first.bytes)
    }
    if !isMapAdded { addMap(to: &image) }
    return image
  }

  private func addMap(to image: inout SparseBytes) {
    for piece in mapPieces() {
      image.addPiece(
        loweredMap(piece), at: map.first.bytes + piece.lowerBound * Format.blockSize)
    }
  }

  private func loweredHeader() -> [UInt8] {
    var piece = [UInt8](repeating: 0, count: Format.headerSize)
    var span = piece.mutableSpan
    var bytes = unsafe span.mutableBytes
    header.encode(into: &bytes)
    for stray in headerReserved.all {
      bytes.put(stray.byte, at: Field.headerReserved.offset + stray.place)
    }
    return piece
  }

  /// The runs of the map's blocks that are kept: its header, and where the bitmap has a set bit.
  private func mapPieces() -> [Range<UInt64>] {
    var pieces: [Range<UInt64>] = []
    var current: Range<UInt64> = 0..<1
    for run in bits.runs {
      let first = run.lowerBound / Format.bitsPerMapBlock + 1
      let end = (run.upperBound - 1) / Format.bitsPerMapBlock + 2
      if first > current.upperBound {
        pieces.append(current)
        current = first..<end
      } else {
        current = current.lowerBound..<max(current.upperBound, end)
      }
    }
    return pieces + [current]
  }

  /// The bytes of the map's blocks `blocks`.
  private func loweredMap(_ blocks: Range<UInt64>) -> [UInt8] {
    var piece = [UInt8](repeating: 0, count: blocks.count * Int(Format.blockSize))
    // The bitmap's first byte in the piece, negative where the map's header stands before it.
    let start = Int(blocks.lowerBound * Format.blockSize) - Format.mapHeaderSize
    let bytes = UInt64(max(start, 0))..<UInt64(start + piece.count)
    for run in bits.runs {
      let touched = (run.lowerBound / 8..<(run.upperBound - 1) / 8 + 1).clamped(to: bytes)
      for byte in touched { piece[Int(byte) - start] = bits.byte(byte) }
    }
    guard blocks.lowerBound == 0 else { return piece }
    var span = piece.mutableSpan
    var header = unsafe span.mutableBytes
    counters.encode(into: &header)
    for stray in mapReserved.all {
      header.put(stray.byte, at: Field.mapReserved.offset + stray.place)
    }
    return piece
  }

  /// Where byte `byte` of the bitmap stands in the file.
  func position(ofBitmapByte byte: UInt64) -> UInt64 {
    map.first.bytes + UInt64(Format.mapHeaderSize) + byte
  }
}
