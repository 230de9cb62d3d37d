internal import FoundationEssentials
public import SystemPackage
internal import VCIFormat

/// A folder of stored images and the manifest that says what they are.
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

  /// The images, by area and name.
  public let entries: [Entry]

  /// The corpus of no image.
  public static let empty = Corpus([])

  /// The corpus of these images.
  ///
  /// - Precondition: no two have the same name.
  public init(_ entries: [Entry]) {
    self.entries = entries.sorted { $0.vector.file < $1.vector.file }
    let names = Set(entries.map(\.vector.id))
    precondition(names.count == entries.count, "\(entries.count) images, \(names.count) names")
  }

  /// Reads the corpus in the folder at `path`.
  ///
  /// - Throws: `CorpusError` for the first thing that is wrong.
  public init(reading path: FilePath) throws(CorpusError) {
    var entries: [Entry] = []
    for vector in try Self.manifest(in: path) {
      entries.append(Entry(vector, try Self.image(of: vector, in: path)))
    }
    self.init(entries)
  }

  /// The CRC-32 of names, bytes and findings, in eight hexadecimal digits: which corpus it is.
  public var digest: String {
    var crc: UInt32 = 0
    for entry in entries {
      crc = Zlib.crc32(Array("\(entry.vector.file) \(entry.vector.crc32)\n".utf8), from: crc)
      for finding in entry.vector.findings {
        crc = Zlib.crc32(Array("\(finding)\n".utf8), from: crc)
      }
    }
    let digits = String(crc, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  private static let manifestName = "manifest.jsonl"
  private static let manifestLimit = 16 << 20
  /// The most bytes that all images may have.
  private static let totalLimit = 1 << 30

  /// Reads the manifest of the corpus at `path`.
  static func manifest(in path: FilePath) throws(CorpusError) -> [Vector] {
    let file = path.appending(manifestName)
    let bytes = try StoredFile.read(file, limit: manifestLimit)
    var vectors: [Vector] = []
    var names: Set<String> = []
    var total = 0
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
      let vector: Vector
      do {
        vector = try JSONDecoder().decode(Vector.self, from: Data(line))
      } catch {
        throw .manifest(file, line: index + 1, "\(error)")
      }
      if let flaw = vector.flaw { throw .manifest(file, line: index + 1, flaw) }
      guard names.insert(vector.id).inserted else {
        throw .manifest(file, line: index + 1, "a second \(vector.id)")
      }
      total += vector.size
      guard total <= totalLimit else {
        throw .manifest(file, line: index + 1, "more than \(totalLimit) bytes of images")
      }
      vectors.append(vector)
    }
    return vectors
  }

  /// Inflates the image of `vector`, with the manifest's size as the limit, and compares its CRC-32.
  static func image(of vector: Vector, in path: FilePath) throws(CorpusError) -> [UInt8] {
    let file = path.appending(vector.file)
    let stream = try StoredFile.read(file, limit: Vector.sizeLimit)
    let bytes: [UInt8]
    do throws(Zlib.Failure) {
      bytes = try Zlib.inflated(stream, count: vector.size)
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
  /// Writes the corpus into the folder at `path`, and removes stored images that it doesn't have.
  ///
  /// A stored image that holds the right bytes already is left as it is, since the stream of
  /// another build of zlib would differ. The manifest comes last.
  ///
  /// - Throws: `CorpusError.file`.
  public func write(to path: FilePath) throws(CorpusError) {
    for entry in entries {
      try StoredFile.makeFolder(path.appending(entry.vector.area))
      if (try? Self.image(of: entry.vector, in: path)) != nil { continue }
      try StoredFile.write(
        Zlib.deflated(entry.bytes), to: path.appending(entry.vector.file))
    }
    let named = Set(entries.map { path.appending($0.vector.file).string })
    for file in try StoredFile.files(in: path) where file.string.hasSuffix(".vci.z") {
      if !named.contains(file.string) { StoredFile.remove(file) }
    }
    var lines: [UInt8] = []
    for entry in entries { lines += Self.line(of: entry.vector) }
    try StoredFile.write(lines, to: path.appending(Self.manifestName))
  }

  private static func line(of vector: Vector) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let line = try? encoder.encode(vector) else {
      preconditionFailure("a vector that JSON can't hold: \(vector)")
    }
    return Array(line) + [UInt8(ascii: "\n")]
  }

  /// Says all that is wrong with the corpus at `path`: files without a line and lines without a
  /// file, what does not inflate to size and CRC-32, and what `check` finds otherwise.
  ///
  /// - Throws: `CorpusError` where there is no manifest to hold the rest against.
  public static func verify(
    _ path: FilePath, check: (Entry) -> String?
  ) throws(CorpusError) -> (entries: Int, differences: [String]) {
    let vectors = try manifest(in: path)
    var differences: [String] = []
    if vectors.isEmpty { differences.append("\(path): the corpus is empty") }
    for vector in vectors {
      do throws(CorpusError) {
        let bytes = try image(of: vector, in: path)
        if let difference = check(Entry(vector, bytes)) {
          differences.append("\(path.appending(vector.file)): \(difference)")
        }
      } catch {
        differences.append("\(error)")
      }
    }
    let named = Set(vectors.map { path.appending($0.file).string })
    for file in try StoredFile.files(in: path) {
      guard file.lastComponent?.string != manifestName, !named.contains(file.string) else {
        continue
      }
      differences.append("\(file): not in the manifest")
    }
    return (vectors.count, differences)
  }
}
