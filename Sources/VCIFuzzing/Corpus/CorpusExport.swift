public import SystemPackage
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat
internal import VCIGenerators

/// Writes the images of a corpus as raw files, with a list of what is expected of them, for programs
/// that know neither recipes nor this suite.
public enum CorpusExport {
  /// An image that is left out, since the file system, a quota or a limit keeps it from being there.
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

  /// Writes every image of the corpus at `path` into new files of the folder at `out`, and last the
  /// list of them.
  ///
  /// - Throws: `CorpusError`, also where one of the files is there already; there is a list of what was
  ///   written before.
  public static func write(
    _ path: FilePath, to out: FilePath, isInterrupted: () -> Bool = { false }
  ) throws -> Outcome {
    let vectors = try prepare(path, out)
    let list = try VerdictList(in: out)
    return try write(vectors, of: path, to: out, list, isInterrupted) { image, file in
      try StoredFile.create(image, at: file)
    }
  }

  /// The same, in the place of regular files that stood there.
  ///
  /// - Throws: `CorpusError`; there is a list of what was written before.
  public static func replace(
    _ path: FilePath, in out: FilePath, isInterrupted: () -> Bool = { false }
  ) throws -> Outcome {
    let vectors = try prepare(path, out)
    let list = try VerdictList(replacingIn: out)
    return try write(vectors, of: path, to: out, list, isInterrupted) { image, file in
      try StoredFile.replace(image, at: file)
    }
  }

  private static func prepare(_ path: FilePath, _ out: FilePath) throws -> [Vector] {
    let vectors = try Corpus.manifest(in: path)
    try StoredFile.makeFolder(out)
    return vectors
  }

  private static func write(
    _ vectors: [Vector], of path: FilePath, to out: FilePath, _ list: VerdictList,
    _ isInterrupted: () -> Bool, _ put: (SparseImage, FilePath) throws -> Void
  ) throws -> Outcome {
    var outcome = Outcome()
    do {
      // The list comes before the images where there is not room for all.
      try list.takeRoom(for: vectors.map { VerdictLine($0, image: name(of: $0)) })
      for vector in vectors where !isInterrupted() {
        var line = VerdictLine(vector, image: name(of: vector))
        let image = try image(of: vector, in: path)
        let file = try ImageFile {
          try StoredFile.makeFolder(out.appending(vector.area))
          try put(image, out.appending(line.image))
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
  /// - Throws: `CorpusError` where the recipe makes another one.
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
