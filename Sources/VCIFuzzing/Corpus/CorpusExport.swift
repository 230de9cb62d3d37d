public import SystemPackage
internal import VCIChecker
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat
internal import VCIGenerators

/// Writes the images of a corpus as raw files, with a list of their expected results, for programs
/// that know neither recipes nor this suite.
public enum CorpusExport {
  /// An image that is left out, because the file system, a quota or a limit has no room for it.
  public struct LeftOut: Hashable, Sendable {
    /// The path of the image's file, relative to the folder of the list.
    public let image: String
    /// The reason, in the words of the system.
    public let reason: String
  }

  /// The result of an export.
  public struct Outcome: Hashable, Sendable {
    /// The number of images that were written.
    public internal(set) var images = 0
    /// The images that are left out. The list marks them too.
    public internal(set) var leftOut: [LeftOut] = []
    /// Whether the export is complete. If it was interrupted, the list has the images so far only.
    public internal(set) var isComplete = false
  }

  /// Writes every image of the corpus at `path` into the folder at `out`, and then their list.
  /// Returns the number of images written, and the images left out.
  ///
  /// - Throws: `CorpusError`, also if one of the files already exists, unless it may be replaced.
  ///   The list then has the images that were written before the error.
  public static func write(
    _ path: FilePath, to out: FilePath, _ overwriting: Overwriting = .refused,
    isInterrupted: () -> Bool = { false }
  ) throws -> Outcome {
    let vectors = try Corpus.manifest(in: path)
    try StoredFile.makeFolder(out)
    let list = try VerdictList(in: out, overwriting)
    var outcome = Outcome()
    do {
      // Room for the list is taken first, so that the list is complete even if some images have no
      // room. The images are made a second time rather than kept meanwhile.
      var lines: [VerdictLine] = []
      var bytes = 0
      for vector in vectors where !isInterrupted() {
        lines.append(try line(of: vector, in: path))
        bytes += try lines[lines.count - 1].encoded().count
      }
      try list.takeRoom(forBytes: bytes, inLines: lines.count)
      for (vector, expected) in zip(vectors, lines) where !isInterrupted() {
        var line = expected
        let image = SparseImage(try built(vector, in: path).image.bytes)
        let file = try ImageFile {
          try StoredFile.makeFolder(out.appending(vector.area))
          try overwriting.write(image, to: out.appending(line.image))
        }
        line.leftOut = file.reason.map { "\($0)" }
        if let reason = line.leftOut {
          outcome.leftOut.append(LeftOut(image: line.image, reason: reason))
        } else {
          outcome.images += 1
        }
        try list.add(line)
      }
    } catch {
      // The first failure is thrown, even if the list fails too.
      try? list.finish()
      throw error
    }
    try list.finish()
    outcome.isComplete = outcome.images + outcome.leftOut.count == vectors.count
    return outcome
  }

  private static func name(of vector: Vector) -> String { "\(vector.area)/\(vector.id).vci" }

  /// Returns the verdict of a line of the manifest.
  ///
  /// - Throws: `CorpusError` if the recipe makes other bytes than the line says.
  private static func line(of vector: Vector, in path: FilePath) throws -> VerdictLine {
    let image = try built(vector, in: path).image
    return VerdictLine(
      try Expectations(image, Checker()), image: name(of: vector), title: vector.title,
      edits: vector.edits)
  }

  /// Returns the image of a line of the manifest, made from its recipe.
  ///
  /// - Throws: `CorpusError` if the recipe makes other bytes than the line says.
  private static func built(
    _ vector: Vector, in path: FilePath
  ) throws(CorpusError) -> BuiltVector {
    let built = try BuiltVector(reading: path.appending(vector.recipe))
    let found = Vector.text(of: built.crc32)
    guard found == vector.crc32 else {
      throw .otherBytes(path.appending(vector.recipe), expected: vector.crc32, found: found)
    }
    return built
  }
}
