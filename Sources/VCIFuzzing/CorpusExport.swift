public import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// Writes the images of a corpus as raw files, with a list of what is expected of them, for programs
/// that know neither recipes nor this suite.
public enum CorpusExport {
  /// Writes every image of the corpus at `path` into new files of the folder at `out`, and last the
  /// list; answers how many images there are, or `nil` where it was interrupted: then no list is
  /// written.
  ///
  /// - Throws: `CorpusError`, also where one of the files is there already.
  public static func write(
    _ path: FilePath, to out: FilePath, isInterrupted: () -> Bool = { false }
  ) throws -> Int? {
    try write(path, to: out, isInterrupted) { image, file in
      try StoredFile.create(image, at: file)
    }
  }

  /// The same, in the place of regular files that stood there.
  ///
  /// - Throws: `CorpusError`.
  public static func replace(
    _ path: FilePath, in out: FilePath, isInterrupted: () -> Bool = { false }
  ) throws -> Int? {
    try write(path, to: out, isInterrupted) { image, file in
      try StoredFile.replace(image, at: file)
    }
  }

  private static func write(
    _ path: FilePath, to out: FilePath, _ isInterrupted: () -> Bool,
    _ put: (SparseImage, FilePath) throws -> Void
  ) throws -> Int? {
    let vectors = try Corpus.manifest(in: path)
    try StoredFile.makeFolder(out)
    var lines: [UInt8] = []
    for vector in vectors {
      guard !isInterrupted() else { return nil }
      let built = try BuiltVector(reading: path.appending(vector.recipe))
      guard built.vector.crc32 == vector.crc32 else {
        throw CorpusError.otherBytes(
          path.appending(vector.recipe), expected: vector.crc32, found: built.vector.crc32)
      }
      let name = "\(vector.area)/\(vector.id).vci"
      try StoredFile.makeFolder(out.appending(vector.area))
      try put(SparseImage(built.image), out.appending(name))
      lines += try VerdictLine(vector, image: name).encoded()
    }
    try put(SparseImage(SparseBytes(lines)), out.appending(VerdictLine.fileName))
    return vectors.count
  }
}
