internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

extension VerdictLine {
  /// The extents that a program lists.
  struct ExtentList: Encodable {
    /// All of them; `nil` if there are too many.
    private let extents: [ListedExtent]?
    private let number: Digits?
    private let first: ListedExtent?
    private let last: ListedExtent?
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
        extents = all.map { Self.listed($0) }
        (number, first, last, sha256) = (nil, nil, nil, nil)
        return
      }
      extents = nil
      number = Digits(UInt64(all.count))
      first = all.first.map { Self.listed($0) }
      last = all.last.map { Self.listed($0) }
      let lines = all.flatMap { "\($0.offset) \($0.blocks) \($0.address)\n".utf8 }
      sha256 = SHA256.digest(of: lines)
    }

    private static func listed(
      _ extent: (offset: BlockOffset, blocks: BlockCount, address: BlockAddress)
    ) -> ListedExtent {
      ListedExtent(extent.offset, extent.blocks, at: extent.address)
    }
  }
}
