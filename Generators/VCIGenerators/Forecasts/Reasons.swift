package import VCIFormat

/// Tells whether a broken rule is the only reason for which a program must not use an image as it
/// uses a valid one.
///
/// Only then does the image part a program that lacks the check of the rule from one that has it.
/// It is computed: the forecast is made once more as if the rule did not exist, and differs.
package struct Reasons {
  private let model: ImageModel
  /// The corruptions that no other broken rule silences.
  private let broken: [BrokenRule]

  /// Collects the reasons of an image; `nil` if nothing is forecast of it.
  package init?(_ model: ImageModel) {
    var rules = BrokenRules(model)
    guard rules.predictAll() else { return nil }
    self.model = model
    broken = rules.unsilenced().filter { $0.finding.ruleClass == .corruption }
  }

  /// The earliest stage at which a corruption by `rule` stops a program; `nil` if there is none.
  package func stage(of rule: Rule) -> Stage? {
    broken.filter { $0.finding.rule == rule }.map(\.stage).min()
  }

  /// Returns whether `rule` is the only reason.
  ///
  /// If it stops a probe or an open, it is if no other rule of these stages is broken, so that the
  /// image opens without it. If it stops a read, it is if some block is a hit without it. If it
  /// stops an open for writing, it is if that succeeds without it; clear bits are no reason against
  /// that, as the map can be rebuilt.
  package func isOnly(_ rule: Rule) -> Bool {
    switch stage(of: rule) {
    case .probe, .open: opens(without: rule)
    case .touch: !stopsOpen && serves(without: rule)
    case .modify:
      !stopsOpen
        && broken.allSatisfy { $0.finding.rule == rule || Self.mended.contains($0.finding.rule) }
        && isClean(without: rule)
    case .check, nil: false
    }
  }

  private static let mended: RuleSet = [.mapHoldsMetadata, .nodeAllocated, .extentAllocated]

  private var stopsOpen: Bool { broken.contains { $0.stage <= .open } }

  private func opens(without rule: Rule) -> Bool {
    guard rule != .mapAndRootInFile || holdsWhatIsUsed,
      let others = BrokenRules(openingOf: model, without: rule)
    else { return false }
    return others.unsilenced().allSatisfy {
      $0.finding.ruleClass != .corruption || $0.stage > .open
    }
  }

  /// Whether the file has the map's header, and the root up to its last used slot.
  private var holdsWhatIsUsed: Bool {
    guard let root = model.node(at: model.header.treeRoot).map({ model.nodes[$0] }) else {
      return false
    }
    return model.size >= model.header.blockMap.bytes &+ Format.blockSize
      && model.holdsWhatIsUsed(of: root)
  }

  private func serves(without rule: Rule) -> Bool {
    let known = ServedExtents(model, without: nil).offsets
    return !ServedExtents(model, without: rule).offsets.isSubset(of: known)
  }

  private func isClean(without rule: Rule) -> Bool {
    guard let forecast = Forecast(model, without: rule) else { return false }
    return forecast.findings.allSatisfy {
      $0.ruleClass != .corruption || Self.mended.contains($0.rule)
    }
  }
}

/// The extents that a reader serves which lacks the checks of one rule of stage touch.
private struct ServedExtents {
  private let model: ImageModel
  private let absent: Rule?
  private(set) var offsets: Set<BlockOffset> = []

  init(_ model: ImageModel, without absent: Rule?) {
    self.model = model
    self.absent = absent
    if let root = node(at: model.header.treeRoot) { add(root, [model.header.treeRoot]) }
  }

  /// A program that knows no other types takes a node for what it was.
  private func node(at address: BlockAddress) -> ModelNode? {
    guard let node = model.node(at: address).map({ model.nodes[$0] }) else { return nil }
    return node.view() ?? (absent == .nodeType ? node : nil)
  }

  /// Adds what is served below an undamaged node; `path` are the addresses from the root to it.
  private mutating func add(_ node: ModelNode, _ path: [BlockAddress]) {
    for extent in node.extents where extent.isUsed {
      let isPlain = extent.flags == 0 || absent == .extentFlags
      if isPlain, isReadable(extent.data, .extentInRange) { offsets.insert(extent.offset) }
    }
    let deepest = Format.maximumLevels + (absent == .treeDepth ? 1 : 0)
    guard path.count < deepest else { return }
    for entry in node.entries where entry.isUsed && !path.contains(entry.child) {
      guard isReadable(BlockRange(entry.child, Format.nodeBlocks), .childInRange),
        let child = self.node(at: entry.child),
        child.damage(atLevel: path.count + 1, without: absent) == nil,
        model.holdsWhatIsUsed(of: child), child.isWithin(entry) || absent == .childWithinEntry
      else { continue }
      add(child, path + [entry.child])
    }
  }

  /// Whether `blocks` are in range, as `rule` requires it, and in the file.
  private func isReadable(_ blocks: BlockRange, _ rule: Rule) -> Bool {
    (absent == rule || model.isInRange(blocks))
      && (absent == .dataInFile || model.isInFile(blocks))
  }
}

extension ImageModel {
  /// Returns whether the file has the node up to its last used slot: behind its end a program reads
  /// nothing, or zeros.
  fileprivate func holdsWhatIsUsed(of node: ModelNode) -> Bool {
    size >= node.range.first.bytes &+ UInt64(1 + node.slotCount * node.kind.slotSize)
  }
}

extension BrokenRules {
  /// Collects the broken rules of file, header, map and root; `nil` if addresses lead to bytes that
  /// the model does not know.
  fileprivate init?(openingOf model: ImageModel, without absent: Rule) {
    self.init(model, without: absent)
    predictFile()
    predictHeader()
    // The blocks after the map's first one do not matter to an open.
    guard predictMap() || model.header.blockMap == model.map.first else { return nil }
    guard predictRoot() else { return nil }
  }
}
