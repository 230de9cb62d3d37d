package import VCIFormat

/// An answer of the test port that an adapter may give ("Outcomes" in `Specs/Port.md`).
package enum PortAnswer: Hashable, Sendable {
  /// The operation was carried out.
  case done(Details)
  /// The program says no.
  case refused(Refusal)
  /// The program does not have the feature that this operation needs.
  case unsupported(feature: String)
  /// The program has no such operation.
  case notImplemented

  /// What the answer of an operation that was carried out says.
  package enum Details: Hashable, Sendable {
    case nothing
    case capabilities(Capabilities)
    case info(Info)
    case runs([Run])
    /// The number of blocks that are done with, and the blocks that were lost.
    case written(UInt64, losses: [Loss])
    /// Each broken rule with its class.
    case findings([Finding])
    /// The list of extents of the simple form, which is its standard output.
    case extents([BlockPair])
  }

  /// The reason of a refusal: a rule or a class, or both.
  package struct Refusal: Hashable, Sendable {
    package var rule: String?
    package var `class`: String?
    package var message: String?

    package init(rule: String? = nil, class: String? = nil, message: String? = nil) {
      self.rule = rule
      self.class = `class`
      self.message = message
    }
  }

  /// The header of an image, as a program says it, in a form in which answers are compared. What an
  /// implementation in process gives, `ImageInformation`, becomes one of these like the lines of
  /// both forms: after its texts were found to be UUIDs.
  package struct Info: Hashable, Sendable {
    package var version: UInt64
    package var isFixed: Bool
    package var blocks: UInt64
    package var isDirty: Bool
    package var uuid: ImageUUID
    package var modUUID: ImageUUID

    package init(
      version: UInt64, isFixed: Bool, blocks: UInt64, isDirty: Bool, uuid: ImageUUID,
      modUUID: ImageUUID
    ) {
      self.version = version
      self.isFixed = isFixed
      self.blocks = blocks
      self.isDirty = isDirty
      self.uuid = uuid
      self.modUUID = modUUID
    }
  }

  /// A run of blocks of a read that are all hits or all misses.
  package struct Run: Hashable, Sendable {
    package var isHit: Bool
    package var block: UInt64
    package var count: UInt64

    package init(isHit: Bool, block: UInt64, count: UInt64) {
      self.isHit = isHit
      self.block = block
      self.count = count
    }
  }

  /// Blocks that are no longer cached because of a write.
  package struct Loss: Hashable, Sendable {
    package var isEviction: Bool
    package var block: UInt64
    package var count: UInt64
  }

  /// A broken rule, and its class in the image.
  package struct Finding: Hashable, Sendable {
    package var rule: String
    package var `class`: String

    package init(rule: String, class: String) {
      self.rule = rule
      self.class = `class`
    }
  }

  /// A run of disk blocks.
  package struct BlockPair: Hashable, Sendable {
    package var block: UInt64
    package var count: UInt64

    package init(block: UInt64, count: UInt64) {
      self.block = block
      self.count = count
    }
  }
}

extension PortAnswer: CustomStringConvertible {
  /// The answer in the words of the session form, on one line.
  package var description: String {
    switch self {
    case .done(let details):
      let words = details.description
      return words.isEmpty ? "done" : words
    case .refused(let refusal): return "refused\(refusal)"
    case .unsupported(let feature): return "unsupported: \(feature)"
    case .notImplemented: return "not implemented"
    }
  }
}

extension PortAnswer.Refusal: CustomStringConvertible {
  package var description: String {
    let reason = [rule, `class`].compactMap(\.self).joined(separator: ", ")
    return ": \(reason)" + (message.map { " (\($0))" } ?? "")
  }
}

extension PortAnswer.Details: CustomStringConvertible {
  package var description: String {
    switch self {
    case .nothing: ""
    case .capabilities(let capabilities): "\(capabilities.name) \(capabilities.version)"
    case .info(let info): "\(info)"
    case .runs(let runs):
      runs.prefix(8).map(\.description).joined(separator: ", ") + (runs.count > 8 ? ", ..." : "")
    case .written(let count, let losses): "written \(count), \(losses.count) losses"
    case .findings(let findings):
      findings.isEmpty
        ? "no finding" : findings.map { "\($0.rule) \($0.class)" }.joined(separator: ", ")
    case .extents(let pairs): "\(pairs.count) extents"
    }
  }
}

extension PortAnswer.Run: CustomStringConvertible {
  package var description: String { "\(isHit ? "hit" : "miss") \(block) \(count)" }
}
