internal import FoundationEssentials
public import SystemPackage
internal import VCIFiles
internal import VCIFormat

/// A folder of stored images, with a manifest that describes them.
public struct Corpus: Sendable {
  /// An image and its line of the manifest.
  public struct Entry: Sendable {
    /// The line.
    public let vector: Vector
    /// The raw image.
    public let bytes: [UInt8]

    /// Makes an entry of these values.
    public init(_ vector: Vector, _ bytes: [UInt8]) {
      self.vector = vector
      self.bytes = bytes
    }
  }

  /// The stored images, by area and name.
  public let entries: [Entry]
  /// The lines of images that are not stored, by area and name.
  public let unstored: [Vector]

  /// An empty corpus.
  public static let empty = Corpus([])

  /// Makes a corpus of stored images, and of lines of images that are not stored.
  ///
  /// - Precondition: no two have the same name.
  public init(_ entries: [Entry], unstored: [Vector] = []) {
    self.entries = entries.sorted { $0.vector.file < $1.vector.file }
    self.unstored = unstored.sorted { $0.file < $1.file }
    let names = entries.map(\.vector.id) + unstored.map(\.id)
    precondition(Set(names).count == names.count, "two of \(names.count) images have a name")
  }

  /// Every line of the manifest, by area and name.
  public var vectors: [Vector] {
    (entries.map(\.vector) + unstored).sorted { $0.file < $1.file }
  }

  /// Reads the corpus in the folder at `path`.
  ///
  /// - Throws: `CorpusError` for the first error.
  public init(reading path: FilePath) throws(CorpusError) {
    var entries: [Entry] = []
    var unstored: [Vector] = []
    for vector in try Self.manifest(in: path) {
      guard vector.stored else {
        unstored.append(vector)
        continue
      }
      entries.append(Entry(vector, try Self.image(of: vector, in: path)))
    }
    self.init(entries, unstored: unstored)
  }

  /// The CRC-32 of names, bytes and findings, in eight hexadecimal digits; it identifies the
  /// corpus.
  public var digest: String {
    var crc: UInt32 = 0
    for entry in entries {
      crc = Zlib.crc32(Array("\(entry.vector.file) \(entry.vector.crc32)\n".utf8), from: crc)
      for finding in entry.vector.findings {
        crc = Zlib.crc32(Array("\(finding)\n".utf8), from: crc)
      }
    }
    return Vector.text(of: crc)
  }

  private static let manifestName = "manifest.jsonl"
  /// The list of vectors that were withdrawn, for people.
  private static let retiredName = "RETIRED.md"
  private static let manifestLimit = 16 << 20
  /// The maximum number of bytes of all images.
  private static let totalLimit: UInt64 = 1 << 30

  /// Reads the manifest of the corpus at `path`.
  ///
  /// - Throws: `CorpusError` for the first error.
  public static func manifest(in path: FilePath) throws(CorpusError) -> [Vector] {
    let file = path.appending(manifestName)
    let bytes = try StoredFile.read(file, limit: manifestLimit)
    var vectors: [Vector] = []
    var names: Set<String> = []
    var total: UInt64 = 0
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where line.contains(where: { $0 > 0x20 }) {
      let vector: Vector
      do {
        vector = try JSONDecoder().decode(Vector.self, from: Data(line))
      } catch {
        throw .manifest(file, line: index + 1, reason(of: error, in: Data(line)))
      }
      if let flaw = vector.flaw { throw .manifest(file, line: index + 1, flaw) }
      guard names.insert(vector.id).inserted else {
        throw .manifest(file, line: index + 1, "a second \(vector.id)")
      }
      if vector.stored { total += vector.size }
      guard total <= totalLimit else {
        throw .manifest(file, line: index + 1, "more than \(totalLimit) bytes of images")
      }
      vectors.append(vector)
    }
    return vectors
  }

  /// The number of the form of a line; lines of version 1 have none.
  private struct Version: Decodable {
    let schema: Int32?
  }

  /// Returns why `line`, which cannot be decoded for `error`, is no line of the manifest.
  private static func reason(of error: any Error, in line: Data) -> String {
    if let version = try? JSONDecoder().decode(Version.self, from: line),
      version.schema != Vector.schema
    {
      return Vector.flaw(ofSchema: version.schema)
    }
    return WrongJSON.reason(of: error)
  }

  /// Inflates the image of `vector`, up to the size in the manifest, and compares its CRC-32.
  ///
  /// - Throws: `CorpusError` if it is not the image of the manifest.
  public static func image(
    of vector: Vector, in path: FilePath
  ) throws(CorpusError) -> [UInt8] {
    let file = path.appending(vector.file)
    let stream = try StoredFile.read(file, limit: Vector.sizeLimit)
    let bytes: [UInt8]
    do throws(Zlib.Failure) {
      bytes = try Zlib.inflated(stream, count: Int(vector.size))
    } catch {
      throw .stream(file, error)
    }
    let found = Vector.checksum(of: bytes)
    guard found == vector.crc32 else {
      throw .otherBytes(file, expected: vector.crc32, found: found)
    }
    return bytes
  }
}

extension Corpus {
  /// Writes the corpus into the folder at `path`, and removes other stored images from there.
  ///
  /// A stored image that already holds the right bytes is kept, because another build of zlib would
  /// make another stream of it. The manifest is written last.
  ///
  /// - Throws: `CorpusError.file`.
  public func write(to path: FilePath) throws(CorpusError) {
    for entry in entries {
      try StoredFile.makeFolder(path.appending(entry.vector.area))
      if (try? Self.image(of: entry.vector, in: path)) != nil { continue }
      try StoredFile.write(
        Zlib.deflated(entry.bytes), to: path.appending(entry.vector.file))
    }
    let named = Set(entries.map { path.appending($0.vector.file) })
    for file in try StoredFile.ownFiles(in: path) where file.string.hasSuffix(".vci.z") {
      if !named.contains(file) { StoredFile.remove(file) }
    }
    var lines: [UInt8] = []
    for vector in vectors { lines += Self.line(of: vector) }
    try StoredFile.write(lines, to: path.appending(Self.manifestName))
  }

  private static func line(of vector: Vector) -> [UInt8] {
    guard let line = try? OrderedJSON.line(of: vector) else {
      preconditionFailure("a vector that JSON can't hold: \(vector)")
    }
    return line
  }

  /// Returns what is wrong with the files of the corpus at `path`: images with another size or
  /// CRC-32, files without a line of the manifest, and lines without files.
  ///
  /// - Throws: `CorpusError` if the manifest cannot be read.
  public static func verify(_ path: FilePath) throws(CorpusError) -> [String] {
    let vectors = try manifest(in: path)
    var differences: [String] = []
    if vectors.isEmpty { differences.append("\(FileName(path)): the corpus is empty") }
    for vector in vectors where vector.stored {
      do throws(CorpusError) {
        _ = try image(of: vector, in: path)
      } catch {
        differences.append("\(error)")
      }
    }
    let files = try StoredFile.ownFiles(in: path)
    let found = Set(files)
    let recipes = vectors.map { path.appending($0.recipe) }
    differences += recipes.filter { !found.contains($0) }.map {
      "\(FileName($0)): it is not there"
    }
    let images = vectors.filter(\.stored).map { path.appending($0.file) }
    let lists = [manifestName, retiredName].map { path.appending($0) }
    let named = Set(recipes + images + lists)
    differences += files.filter { !named.contains($0) }.map {
      "\(FileName($0)): not in the manifest"
    }
    return differences
  }
}
