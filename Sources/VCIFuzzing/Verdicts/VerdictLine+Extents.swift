internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

extension VerdictLine {
  /// The extents that a program lists.
  struct ExtentList: Encodable {
    /// All of them; `nil` if there are too many.
    private let extents: [Extent]?
    private let number: String?
    private let first: Extent?
    private let last: Extent?
    /// The SHA-256 of their lines.
    private let sha256: String?
    /// `any` if a program may leave out some because of a corruption.
    private let may: String?

    /// The largest number of extents that are listed one by one.
    private static let listedLimit = 1000

    /// Makes the list of the undamaged extents. `isWhole` says that a program must list all.
    init(_ forecast: ReadForecast, isWhole: Bool) {
      let all = forecast.extents
      may = isWhole ? nil : "any"
      guard all.count > Self.listedLimit else {
        extents = all.map { Extent($0) }
        (number, first, last, sha256) = (nil, nil, nil, nil)
        return
      }
      extents = nil
      number = "\(all.count)"
      first = all.first.map { Extent($0) }
      last = all.last.map { Extent($0) }
      let lines = all.flatMap { "\($0.offset) \($0.blocks) \($0.address)\n".utf8 }
      sha256 = SHA256.digest(of: lines)
    }
  }

  /// An extent: disk blocks, and the first file block that stores them.
  struct Extent: Encodable {
    let block: String
    let count: String
    let address: String

    init(_ extent: (offset: BlockOffset, blocks: BlockCount, address: BlockAddress)) {
      block = "\(extent.offset)"
      count = "\(extent.blocks)"
      address = "\(extent.address)"
    }
  }
}
