package import VCIGenerators

/// An image and operations on it, after which it is closed; or, without operations that are named,
/// its creation.
package struct CrashSequence: Hashable, Sendable {
  package let image: CrashImage
  /// The operations; `nil` if the image is created.
  package let operations: [CacheOperation]?

  package init(_ image: CrashImage, _ operations: [CacheOperation]?) {
    self.image = image
    self.operations = operations.map(Self.numbered)
  }

  /// The operations with versions by their places: of the first write 1, and so on.
  private static func numbered(_ operations: [CacheOperation]) -> [CacheOperation] {
    operations.enumerated().map { place, operation in
      guard case .write(let offset, let count, _) = operation else { return operation }
      return .write(offset, count, version: UInt32(place + 1))
    }
  }
}

extension CrashSequence: CustomStringConvertible {
  /// The sequence as `init(parsing:)` takes it: `empty: write 0+1 = 1; flush`.
  package var description: String {
    guard let operations else { return "\(image.rawValue): create" }
    return "\(image.rawValue): " + operations.map(\.description).joined(separator: "; ")
  }

  /// Parses a sequence in the form of `description`; `nil` for any other text.
  package init?(parsing text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let image = CrashImage(rawValue: String(parts[0])) else { return nil }
    let words = parts[1].split(separator: ";").map { $0.trimmed }.filter { !$0.isEmpty }
    if words == ["create"] {
      self.init(image, nil)
      return
    }
    var operations: [CacheOperation] = []
    for word in words {
      guard let operation = CacheOperation(parsing: word), !operation.isTrouble else { return nil }
      operations.append(operation)
    }
    self.init(image, operations)
  }
}

extension Substring {
  /// The text without spaces at its ends.
  fileprivate var trimmed: String {
    var text = drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

/// All sequences up to a length, the shorter ones first, of each image.
package struct CrashCatalogue: Sendable {
  private let parts: [(image: CrashImage, length: Int, count: Int)]
  /// The number of sequences.
  package let count: Int

  /// Makes the catalogue of the creations of all images, and of the sequences of at most `longest`
  /// operations.
  package init(upTo longest: Int) {
    var parts = CrashImage.allCases.map { (image: $0, length: -1, count: 1) }
    for length in 0...max(0, longest) {
      for image in CrashImage.allCases {
        let count = (0..<length).reduce(1) { product, _ in product * image.alphabet.count }
        parts.append((image, length, count))
      }
    }
    self.parts = longest < 0 ? [] : parts
    count = self.parts.reduce(0) { $0 + $1.count }
  }

  /// Returns the sequence with this number.
  package subscript(number: Int) -> CrashSequence {
    var rest = number
    for part in parts {
      guard rest >= part.count else {
        guard part.length >= 0 else { return CrashSequence(part.image, nil) }
        let alphabet = part.image.alphabet
        var operations: [CacheOperation] = []
        for _ in 0..<part.length {
          operations.append(alphabet[rest % alphabet.count])
          rest /= alphabet.count
        }
        return CrashSequence(part.image, operations)
      }
      rest -= part.count
    }
    preconditionFailure("sequence \(number) of \(count)")
  }
}
