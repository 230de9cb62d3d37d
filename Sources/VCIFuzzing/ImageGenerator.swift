internal import PropertyEngine
public import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// Makes files of random valid images.
public enum ImageGenerator {
  /// Writes image `index` of `seed` into `folder`; answers its path and what it is, in a line.
  ///
  /// The file has holes where the image has nothing, so large images take little room.
  ///
  /// - Throws: `CorpusError.file`.
  public static func write(
    _ index: UInt64, of seed: UInt64, into folder: FilePath
  ) throws -> (path: FilePath, title: String) {
    var choices = Choices(RandomSource(seed: seed, index: index, lane: .base))
    let plan = ImagePlan.drawn(from: &choices)
    let image = EditableImage(plan)
    let path = folder.appending("\(seed)-\(index).vci")
    try write(image.bytes, to: path)
    let title =
      "\(plan.type), \(plan.blocks) blocks, \(plan.extents.count) extents, "
      + "\(plan.depth) levels"
      + (plan.isDirty ? ", dirty" : "")
    return (path, title)
  }

  private static func write(_ image: SparseBytes, to path: FilePath) throws(CorpusError) {
    do {
      let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      defer { try? file.close() }
      try file.resize(to: Int64(clamping: image.size))
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      var next: UInt64 = 0
      while let start = image.nextData(from: next) {
        let count = read(image, at: start, into: &chunk)
        let end = min(start + UInt64(count), hole(in: image, after: start))
        try file.writeAll(toAbsoluteOffset: Int64(start), chunk[..<Int(end - start)])
        next = end
      }
    } catch {
      throw .file(path, "\(error)")
    }
  }

  private static func read(
    _ image: SparseBytes, at offset: UInt64, into chunk: inout [UInt8]
  ) -> Int {
    var span = chunk.mutableSpan
    var buffer = unsafe span.mutableBytes
    return image.read(at: offset, into: &buffer)
  }

  /// The first multiple of 4096 behind `start` at which no data stands any more.
  private static func hole(in image: SparseBytes, after start: UInt64) -> UInt64 {
    var end = start / 4096 * 4096 + 4096
    while let data = image.nextData(from: end), data < end + 4096 { end += 4096 }
    return end
  }
}
