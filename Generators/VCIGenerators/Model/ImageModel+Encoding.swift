internal import VCIFormat

extension ImageModel {
  /// Returns the image's bytes.
  func encode() -> SparseBytes {
    var image = SparseBytes(size: size)
    image.setData(data.runs.map { BlockRange($0) })
    image.addPiece(encodeHeader(), at: 0)
    var isMapAdded = false
    for index in nodes.indices.sorted(by: { nodes[$0].range.first < nodes[$1].range.first }) {
      if !isMapAdded, map.first < nodes[index].range.first {
        addMap(to: &image)
        isMapAdded = true
      }
      image.addPiece(nodes[index].encode(), at: nodes[index].range.first.bytes)
    }
    if !isMapAdded { addMap(to: &image) }
    return image
  }

  private func addMap(to image: inout SparseBytes) {
    for piece in mapPieces() {
      image.addPiece(
        encodeMap(piece), at: map.first.bytes + piece.lowerBound * Format.blockSize)
    }
  }

  func encodeHeader() -> [UInt8] {
    [UInt8](zeros: Format.headerSize) { bytes in
      header.encode(into: &bytes)
      for stray in headerReserved.all {
        bytes.put(stray.byte, at: Field.headerReserved.offset + stray.offset)
      }
    }
  }

  /// The runs of the map's blocks that are kept: its header, and the blocks with a set bit.
  func mapPieces() -> [Range<UInt64>] {
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

  /// Returns the bytes of the map's blocks `blocks`, counted from the map's start.
  func encodeMap(_ blocks: Range<UInt64>) -> [UInt8] {
    var piece = [UInt8](zeros: blocks.count * Int(Format.blockSize)) { bytes in
      guard blocks.lowerBound == 0 else { return }
      counters.encode(into: &bytes)
      for stray in mapReserved.all {
        bytes.put(stray.byte, at: Field.mapReserved.offset + stray.offset)
      }
    }
    // The first bitmap byte of the piece; negative if the piece begins with the map's header.
    let start = Int(blocks.lowerBound * Format.blockSize) - Format.mapHeaderSize
    let bytes = UInt64(max(start, 0))..<UInt64(start + piece.count)
    let first = bits.runs.partitionPoint { $0.upperBound > bytes.lowerBound * 8 }
    for run in bits.runs[first...].prefix(while: { $0.lowerBound < bytes.upperBound * 8 }) {
      let touched = (run.lowerBound / 8..<(run.upperBound - 1) / 8 + 1).clamped(to: bytes)
      let whole = ((run.lowerBound + 7) / 8..<max((run.lowerBound + 7) / 8, run.upperBound / 8))
        .clamped(to: bytes)
      for byte in whole { piece[Int(byte) - start] = 0xff }
      for byte in [touched.first, touched.last].compactMap(\.self) where !whole.contains(byte) {
        piece[Int(byte) - start] = bits.byte(byte)
      }
    }
    return piece
  }

  /// Returns the file offset of byte `byte` of the bitmap.
  func offset(ofBitmapByte byte: UInt64) -> UInt64 {
    map.first.bytes + UInt64(Format.mapHeaderSize) + byte
  }
}
