public import SystemPackage
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat
internal import VCIGenerators

/// Writes the images of a corpus as raw files, with a list of what is expected of them, for
/// programs that know neither recipes nor this suite.
public enum CorpusExport {
  /// An image that is left out, since the file system, a quota or a limit keeps it from being
  /// there.
  public struct LeftOut: Hashable, Sendable {
    /// The image's file, from the list's folder on.
    public let image: String
    /// Why, in the system's words.
    public let reason: String
  }

  /// What became of an export.
  public struct Outcome: Hashable, Sendable {
    /// How many images were written.
    public internal(set) var images = 0
    /// The images that are left out; the list says so too.
    public internal(set) var leftOut: [LeftOut] = []
    /// Whether it came to its end; where it was interrupted, the list is of what is there.
    public internal(set) var isComplete = false
  }

  /// Writes every image of the corpus at `path` into the folder at `out`, and last the list of
  /// them.
  ///
  /// - Throws: `CorpusError`, also if one of the files is there already, unless it may be replaced.
  ///   There is a list of what was written before.
  public static func write(
    _ path: FilePath, to out: FilePath, _ overwriting: Overwriting = .refused,
    isInterrupted: () -> Bool = { false }
  ) throws -> Outcome {
    let vectors = try Corpus.manifest(in: path)
    try StoredFile.makeFolder(out)
    let list = try VerdictList(in: out, overwriting)
    var outcome = Outcome()
    do {
      // The list comes before the images where there is not room for all.
      try list.takeRoom(for: vectors.map { VerdictLine($0, image: name(of: $0)) })
      for vector in vectors where !isInterrupted() {
        var line = VerdictLine(vector, image: name(of: vector))
        let image = try image(of: vector, in: path)
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
      // The first failure is the one to tell of.
      try? list.finish()
      throw error
    }
    try list.finish()
    outcome.isComplete = outcome.images + outcome.leftOut.count == vectors.count
    return outcome
  }

  private static func name(of vector: Vector) -> String { "\(vector.area)/\(vector.id).vci" }

  /// The image of a line of the manifest, made from its recipe.
  ///
  /// - Throws: `CorpusError` if the recipe makes another one.
  private static func image(
    of vector: Vector, in path: FilePath
  ) throws(CorpusError) -> SparseImage {
    let built = try BuiltVector(reading: path.appending(vector.recipe))
    guard built.vector.crc32 == vector.crc32 else {
      throw .otherBytes(
        path.appending(vector.recipe), expected: vector.crc32, found: built.vector.crc32)
    }
    return SparseImage(built.image)
  }
}
