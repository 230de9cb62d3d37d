internal import VCIFormat
internal import VCIGenerators

extension Edit {
  /// The edit that is described by `words`; `nil` where they describe none.
  init?(words: String) {
    if words == "refit" {
      self = .refit
    } else if let path = words.words(after: "clear ").flatMap({ Path(words: $0) }) {
      self = .clear(path)
    } else if case .bit(let block)? = words.words(after: "flip ").flatMap({ Path(words: $0) }) {
      self = .toggle(block)
    } else if let size = words.words(after: "file.size = ").flatMap({ UInt64($0) }) {
      self = .resize(size)
    } else if let edit = words.words(after: "raw 0x").flatMap({ Self.raw($0) }) {
      self = edit
    } else if let edit = Self.change(words) {
      self = edit
    } else {
      return nil
    }
  }

  /// The last byte at which an image may be changed blindly: behind it no block is counted.
  private static let lastOffset: UInt64 = 1 << 55

  private static func raw(_ words: Substring) -> Edit? {
    guard let (place, list) = words.halves(around: " ="),
      let offset = UInt64(place, radix: 16), offset <= lastOffset
    else { return nil }
    let numbers = list.split(separator: " ")
    let bytes = numbers.compactMap { UInt8($0, radix: 16) }
    return bytes.count == numbers.count ? .raw(offset: offset, bytes) : nil
  }

  private static func change(_ words: String) -> Edit? {
    if let (place, number) = words[...].halves(around: " += ") {
      return change(place, UInt64(number).map { .adding($0) })
    }
    if let (place, number) = words[...].halves(around: " -= ") {
      return change(place, UInt64(number).map { .adding(0 &- $0) })
    }
    if let (place, number) = words[...].halves(around: " ^= 0x") {
      return change(place, UInt64(number, radix: 16).map { .flipping($0) })
    }
    guard let (place, number) = words[...].halves(around: " = ") else { return nil }
    return change(place, UInt64(number).map { .to($0) }) ?? poke(place, number)
  }

  private static func change(_ place: Substring, _ change: Change?) -> Edit? {
    guard let path = Path(words: place), let change else { return nil }
    return .change(path, change)
  }

  private static func poke(_ place: Substring, _ number: Substring) -> Edit? {
    guard let bracket = place.lastIndex(of: "["), let path = Path(words: place[..<bracket]),
      let index = place[bracket...].index.flatMap({ Int(exactly: $0) }), let byte = UInt8(number)
    else { return nil }
    return .poke(path, place: index, byte: byte)
  }
}

extension Path {
  /// The path that is described by `words`; `nil` where they describe none.
  fileprivate init?(words: Substring) {
    if words == "file" {
      self = .file
    } else if let index = words[...].words(after: "bitmap").flatMap(\.index) {
      self = .bit(BlockAddress(index))
    } else if let field = Self.fields.first(where: { Path.field($0).description == words }) {
      self = .field(field)
    } else if let path = words.words(after: "tree").flatMap({ Self.inTree($0) }) {
      self = path
    } else {
      return nil
    }
  }

  private static let fields = Field.allCases.filter {
    [.header, .blockMap].contains($0.layout.structure)
  }

  /// The path that is described by what follows the word for the tree.
  private static func inTree(_ words: Substring) -> Path? {
    var rest = words
    var node = NodePath.root
    while let digit = rest.dropFirst().first, rest.first == "/", digit.isNumber {
      let slot = rest.dropFirst().prefix { $0.isNumber }
      guard let slot = Int(slot), slot < Format.entriesPerInternalNode,
        node.depth < Format.maximumLevels - 1
      else { return nil }
      node = node.child(slot)
      rest = rest.dropFirst().drop { $0.isNumber }
    }
    let label = rest.firstIndex(of: ".")
    let place = rest[..<(label ?? rest.endIndex)]
    let structure: Structure =
      place.hasPrefix("/extent[") ? .extent : place.hasPrefix("/entry[") ? .entry : .node
    let field = label.flatMap { structure.field(labelled: rest[$0...].dropFirst()) }
    guard label == nil || field != nil else { return nil }
    if structure == .node { return place.isEmpty ? .node(node, field) : nil }
    guard let bracket = place.firstIndex(of: "["),
      let slot = place[bracket...].index.flatMap({ Int(exactly: $0) })
    else { return nil }
    return structure == .extent
      ? .extent(node, slot: slot, field) : .entry(node, slot: slot, field)
  }
}

extension Structure {
  fileprivate func field(labelled label: Substring) -> Field? {
    Field.allCases.first { $0.layout.structure == self && $0.label == label }
  }
}

extension StringProtocol where SubSequence == Substring {
  /// What follows `start`; `nil` where it begins with something else.
  fileprivate func words(after start: String) -> Substring? {
    hasPrefix(start) ? dropFirst(start.count) : nil
  }
}

extension Substring {
  /// What stands before and behind `separator`; `nil` where it is not there.
  fileprivate func halves(around separator: String) -> (Substring, Substring)? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(separator) {
        return (self[..<start], self[start...].dropFirst(separator.count))
      }
      start = index(after: start)
    }
    return nil
  }

  /// The number in brackets that this is.
  fileprivate var index: UInt64? {
    first == "[" && last == "]" ? UInt64(dropFirst().dropLast()) : nil
  }
}
