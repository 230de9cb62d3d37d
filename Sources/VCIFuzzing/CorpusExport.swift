internal import FoundationEssentials
public import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// Writes the images of a corpus as raw files, with a list of what is expected of them, for programs
/// that know neither recipes nor this suite.
public enum CorpusExport {
  /// A line of the list.
  private struct Line: Encodable {
    let image: String
    let exit: Int32
    let findings: [[String]]
    let reads: [ExpectedRead]
  }

  /// The name of the list.
  public static let listName = "verdicts.jsonl"

  /// Writes every image of the corpus at `path` into new files of the folder at `out`, and last the
  /// list; answers how many images there are.
  ///
  /// - Throws: `CorpusError`, also where one of the files is there already.
  public static func write(_ path: FilePath, to out: FilePath) throws -> Int {
    try write(path, to: out) { image, file in try StoredFile.create(image, at: file) }
  }

  /// The same, in the place of whatever stood there.
  ///
  /// - Throws: `CorpusError`.
  public static func replace(_ path: FilePath, in out: FilePath) throws -> Int {
    try write(path, to: out) { image, file in try StoredFile.replace(image, at: file) }
  }

  private static func write(
    _ path: FilePath, to out: FilePath, _ put: (SparseImage, FilePath) throws -> Void
  ) throws -> Int {
    let vectors = try Corpus.manifest(in: path)
    var lines: [UInt8] = []
    for vector in vectors {
      let built = try BuiltVector(reading: path.appending(vector.recipe))
      guard built.vector.crc32 == vector.crc32 else {
        throw CorpusError.otherBytes(
          path.appending(vector.recipe), expected: vector.crc32, found: built.vector.crc32)
      }
      let name = "\(vector.area)/\(vector.id).vci"
      try StoredFile.makeFolder(out.appending(vector.area))
      try put(SparseImage(built.image), out.appending(name))
      lines += try line(of: vector, name)
    }
    try put(SparseImage(SparseBytes(lines)), out.appending(listName))
    return vectors.count
  }

  private static func line(of vector: Vector, _ name: String) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var pairs: [[String]] = []
    for finding in vector.findings where !pairs.contains([finding.rule, finding.class]) {
      pairs.append([finding.rule, finding.class])
    }
    let line = Line(
      image: name, exit: vector.exit, findings: pairs, reads: vector.reads)
    return Array(try encoder.encode(line)) + [UInt8(ascii: "\n")]
  }
}
