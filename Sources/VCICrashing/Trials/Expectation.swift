internal import VCIFormat

/// What is expected of a state of the disk after a crash.
struct Expectation {
  enum Image {
    /// An image that has cached what is allowed.
    case cached(AllowedContents)
    /// No image yet, or the new one as a whole.
    case created
  }

  let image: Image
  /// The extents of each tree that may be found, by the address of its root; `nil` if a writer may
  /// change them in place.
  var trees: [UInt64: [ObservedCache.Piece]]?
  /// The digest of what the recovered image must be; `nil` if it only must be right.
  var end: UInt64?
  /// Whether the writer is a program of somebody else: then the extents are its own business, and
  /// there may be no room for the reference to write.
  var isOfOthers = false
  /// The digests of all bytes of images that may have the flag clear; `nil` if every image may in
  /// which nothing is to be mended.
  var clean: Set<UInt64>?
  /// Whether there may be no image, and whether an image must be clean.
  var mayBeNoImage = false
  var mustBeClean = false
  /// The modification UUIDs that the image may have; `nil` if it may have any.
  var states: Set<ImageUUID>?
  /// What is allowed in images with these modification UUIDs, in place of what `image` has.
  var byState: [ImageUUID: AllowedContents] = [:]
}

extension [UInt8] {
  /// A digest of the bytes of `range`. The rest of a last word counts as zeros.
  func digest(of range: Range<Int>) -> UInt64 {
    var digest = UInt64(truncatingIfNeeded: range.count) &+ 0x9e37_79b9_7f4a_7c15
    unsafe withUnsafeBytes { bytes in
      var place = range.lowerBound
      while place &+ 8 <= range.upperBound {
        let word = unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        digest = (digest ^ word.littleEndian) &* 0x9fb2_1c65_1e98_df25
        digest ^= digest >> 32
        place &+= 8
      }
      while place < range.upperBound {
        digest = (digest ^ UInt64(unsafe bytes[place])) &* 0x9fb2_1c65_1e98_df25
        digest ^= digest >> 29
        place &+= 1
      }
    }
    return digest
  }
}
