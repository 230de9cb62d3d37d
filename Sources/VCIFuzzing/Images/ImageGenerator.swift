public import SystemPackage
public import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// The numbers of images that a generator passed over, by reason.
public struct PassedImages: Hashable, Sendable {
  /// Images that are not of the choice.
  public internal(set) var others: UInt64 = 0
  /// Images that are larger than the generator writes.
  public internal(set) var tooLarge: UInt64 = 0
  /// Images for which the file system, a quota or a limit has no room.
  public internal(set) var withoutRoom: UInt64 = 0
}

/// Writes files of random images, and a list of their verdicts.
public struct ImageGenerator {
  private let folder: FilePath
  private var series: ImageSeries
  private let list: VerdictList
  private var withoutRoom: UInt64 = 0

  /// Makes a generator of about `count` images of `choice` in `folder`. The folder is made if it
  /// does not exist.
  ///
  /// - Throws: `CorpusError`, also if the folder already has a list of images.
  public init(_ choice: ImageChoice, count: UInt64 = 0, folder: FilePath) throws(CorpusError) {
    try StoredFile.makeFolder(folder)
    list = try VerdictList(in: folder)
    list.takeRoom(forAbout: count)
    self.folder = folder
    series = ImageSeries(choice, largest: Self.largest)
  }

  /// The largest file that is written, in bytes. Many file systems allow little more.
  private static let largest: UInt64 = 1 << 43

  /// The result of writing an image.
  public struct Made: Sendable {
    /// The path of the image's file.
    public let path: FilePath
    /// A description of the image, in one line.
    public let title: String
    /// The reason why the file system, a quota or a limit has no room for the file; `nil` if the
    /// file was written. The list has the reason too.
    public let leftOut: String?
  }

  /// The numbers of images that were passed over so far.
  public var passed: PassedImages {
    var passed = series.passed
    passed.withoutRoom = withoutRoom
    return passed
  }

  /// Writes the next image into the folder. Returns the result, or `nil` if `isInterrupted` returns
  /// `true` before.
  ///
  /// The file has the holes of the image, so large images take little room.
  ///
  /// - Throws: `CorpusError`, and `SeriesEnd` if there is no further image.
  public mutating func writeNext(isInterrupted: () -> Bool = { false }) throws -> Made? {
    guard let image = try series.image(isInterrupted: isInterrupted) else { return nil }
    var line = image.line
    try list.takeRoom(forBytes: line.encoded().count, inLines: 1)
    let path = folder.appending(line.image)
    let file = try ImageFile { try StoredFile.create(SparseImage(image.bytes), at: path) }
    line.leftOut = file.reason.map { "\($0)" }
    if line.leftOut != nil { withoutRoom += 1 }
    do {
      try list.add(line)
    } catch {
      // No image is there that the list does not have.
      if line.leftOut == nil { StoredFile.remove(path) }
      throw error
    }
    return Made(path: path, title: image.title, leftOut: line.leftOut)
  }

  /// Gives the list of the images so far its name, `verdicts.jsonl`.
  ///
  /// - Throws: `CorpusError.unwritten`, also if the list already exists.
  public func writeVerdicts() throws(CorpusError) { try list.finish() }
}

/// Random images as a stream of bytes: the line of an image's verdict, then its bytes.
public struct ImageStream {
  private var series: ImageSeries

  /// Makes the stream of the images of `choice`.
  public init(_ choice: ImageChoice) { series = ImageSeries(choice, largest: Self.largest) }

  /// The largest image that is in the stream, in bytes.
  private static let largest: UInt64 = 64 << 20

  /// The numbers of images that were passed over so far.
  public var passed: PassedImages { series.passed }

  /// Returns line and bytes of the next image, or `nil` if `isInterrupted` returns `true` before.
  ///
  /// - Throws: `SeriesEnd` if there is no further image.
  public mutating func next(isInterrupted: () -> Bool = { false }) throws -> [UInt8]? {
    guard let image = try series.image(isInterrupted: isInterrupted) else { return nil }
    guard let bytes = image.bytes.materialized(limit: Self.largest) else {
      preconditionFailure("an image of \(image.bytes.size) bytes in a stream")
    }
    return try image.line.encoded() + bytes
  }
}

extension ImageGenerator {
  /// Returns how many of `count` valid images of `seed`, from image `first` on, have each shape, in
  /// the order of the catalogue. It stops early after `isInterrupted` returns `true`.
  public static func shapes(
    of seed: UInt64, first: UInt64 = 0, count: UInt64, isInterrupted: () -> Bool = { false }
  ) -> [(shape: String, count: Int)] {
    var counts: [PlanTrait: Int] = [:]
    for step in 0..<count {
      if isInterrupted() { break }
      for trait in ImageSeries.image(first &+ step, of: seed).traits {
        counts[trait, default: 0] += 1
      }
    }
    return PlanTrait.allCases.map { ($0.rawValue, counts[$0, default: 0]) }
  }
}
