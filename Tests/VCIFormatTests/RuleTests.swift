import Testing
import VCIFormat

/// The catalogue as the specification prints it: ID, class, stage, basis.
private let table = """
  VCI-FILE-001 | corruption | probe | layout
  VCI-FILE-002 | advice | check | ruling
  VCI-FILE-003 | advice | check | intent
  VCI-FILE-004 | advice | check | intent
  VCI-FILE-005 | corruption | open | layout
  VCI-FILE-006 | corruption | touch | layout
  VCI-HDR-001 | corruption | probe | layout
  VCI-HDR-002 | corruption | probe | layout
  VCI-HDR-003 | corruption | open | ruling
  VCI-HDR-004 | corruption | open | ruling
  VCI-HDR-005 | corruption | open | layout
  VCI-HDR-006 | corruption | open | layout
  VCI-HDR-007 | corruption | open | layout
  VCI-HDR-008 | corruption | open | layout
  VCI-HDR-009 | corruption | open | ruling
  VCI-HDR-010 | advice | check | intent
  VCI-HDR-011 | advice | check | intent
  VCI-HDR-012 | advice | check | ruling
  VCI-SHD-001 | dirty | check | intent
  VCI-MAP-001 | corruption | open | layout
  VCI-MAP-002 | corruption | open | layout
  VCI-MAP-003 | corruption | open | layout
  VCI-MAP-004 | corruption | open | layout
  VCI-MAP-005 | summary | check | layout
  VCI-MAP-006 | advice | check | ruling
  VCI-MAP-007 | advice | check | intent
  VCI-MAP-008 | corruption | modify | layout
  VCI-MAP-009 | summary | check | layout
  VCI-MAP-010 | summary | check | ruling
  VCI-NODE-001 | corruption | root: open; else touch | layout
  VCI-NODE-002 | corruption | touch | layout
  VCI-NODE-003 | corruption | modify | layout
  VCI-NODE-004 | corruption | cycle: touch; shared: modify | layout
  VCI-NODE-005 | corruption | modify | layout
  VCI-NODE-006 | corruption | root: open; else touch | ruling
  VCI-NODE-007 | corruption | root: open; else touch | ruling
  VCI-NODE-008 | advice | check | ruling
  VCI-NODE-009 | corruption | root: open; else touch | layout
  VCI-NODE-010 | advice | check | ruling
  VCI-NODE-011 | corruption | modify | ruling
  VCI-NODE-012 | corruption | touch | ruling
  VCI-INT-001 | corruption | root: open; else touch | layout
  VCI-INT-002 | corruption | root: open; else touch | ruling
  VCI-INT-003 | corruption | touch | layout
  VCI-EXT-001 | corruption | root: open; else touch | layout
  VCI-EXT-002 | corruption | root: open; else touch | ruling
  VCI-EXT-003 | corruption | touch | layout
  VCI-EXT-004 | corruption | modify | layout
  VCI-EXT-005 | corruption | modify | layout
  VCI-EXT-006 | corruption | modify | layout
  VCI-EXT-007 | corruption | touch | intent
  VCI-EXT-008 | advice | check | intent
  VCI-LRU-001 | summary | check | ruling
  VCI-LRU-002 | summary | check | ruling
  VCI-OCC-001 | leak | check | layout
  """

struct `The catalogue of rules` {
  @Test
  func `has every rule with its class, stage and basis`() {
    let lines = Rule.allCases.map { rule in
      "\(rule.id) | \(rule.ruleClass(dirty: false)) | \(stage(of: rule)) | \(rule.basis)"
    }
    #expect(lines.joined(separator: "\n") == table)
  }

  private func stage(of rule: Rule) -> String {
    let root = rule.stage(in: .root)
    let elsewhere = rule.stage(in: .elsewhere)
    if root != elsewhere { return "root: \(root); else \(elsewhere)" }
    let cycle = rule.stage(in: .cycle)
    let shared = rule.stage(in: .shared)
    return cycle == shared ? "\(root)" : "cycle: \(cycle); shared: \(shared)"
  }

  @Test
  func `calls four rules summaries in a dirty image`() {
    let changed = Rule.allCases.filter {
      $0.ruleClass(dirty: true) != $0.ruleClass(dirty: false)
    }
    #expect(changed == [.mapHoldsMetadata, .nodeAllocated, .extentAllocated, .blockOwned])
    #expect(changed.allSatisfy { $0.ruleClass(dirty: true) == .summary })
  }

  @Test
  func `finds rules by ID`() {
    #expect(Rule.allCases.allSatisfy { Rule(id: $0.id) == $0 })
    #expect(Rule(id: "VCI-HDR-013") == nil)
  }
}

struct `The rules that silence a rule` {
  private let probe: RuleSet = [.fileHoldsHeader, .headerSignature, .headerVersion]
  private let header: RuleSet = [
    .mapAndRootInFile, .headerBlocks, .headerUncleanShutdown, .headerCacheType, .rootInRange,
    .mapInRange, .mapApartFromRoot, .mapBlocksFit,
  ]
  private let map: RuleSet = [.mapMagic, .mapVersion, .mapCoversCache, .mapCountersSum]
  private let root: RuleSet = [
    .nodeType, .nodeEntriesFirst, .nodeEntriesWhole, .internalNodeUsed, .entryOrder,
    .entryWithinDisk, .extentOrder, .extentWithinDisk,
  ]
  private let touch: RuleSet = [
    .dataInFile, .nodeType, .childInRange, .nodeNamedOnce, .nodeEntriesFirst,
    .nodeEntriesWhole, .internalNodeUsed, .treeDepth, .entryOrder, .entryWithinDisk,
    .childWithinEntry, .extentOrder, .extentWithinDisk, .extentInRange, .extentFlags,
  ]

  private func union(_ sets: RuleSet...) -> RuleSet {
    var union = RuleSet()
    for set in sets { union.formUnion(set) }
    return union
  }

  @Test
  func `are those before it in the probe group`() {
    #expect(Rule.fileHoldsHeader.needs().inImage.isEmpty)
    #expect(Rule.headerSignature.needs().inImage == [.fileHoldsHeader])
    #expect(Rule.headerVersion.needs().inImage == [.fileHoldsHeader, .headerSignature])
  }

  @Test
  func `are the numbers from which it is computed in the header group`() {
    #expect(Rule.headerReservedZero.needs().inImage == probe)
    #expect(Rule.fileSizeWhole.needs().inImage == probe)
    #expect(Rule.fileWithinCapacity.needs().inImage == union(probe, [.headerBlocks]))
    #expect(
      Rule.fixedFileFull.needs().inImage == union(probe, [.headerBlocks, .headerCacheType]))
    #expect(Rule.mapInRange.needs().inImage == union(probe, [.headerBlocks, .mapBlocksFit]))
    #expect(
      Rule.mapApartFromRoot.needs().inImage
        == union(probe, [.headerBlocks, .mapBlocksFit, .rootInRange, .mapInRange]))
  }

  @Test
  func `differ for map and root in the file`() {
    #expect(
      Rule.mapAndRootInFile.needs(on: .map).inImage
        == union(probe, [.headerBlocks, .mapBlocksFit, .mapInRange]))
    #expect(
      Rule.mapAndRootInFile.needs(on: .root).inImage
        == union(probe, [.headerBlocks, .rootInRange]))
  }

  @Test
  func `are all that an open refuses in the groups before it`() {
    #expect(Rule.mapMagic.needs().inImage == union(probe, header))
    #expect(Rule.mapReservedZero.needs().inImage == union(probe, header, [.mapMagic, .mapVersion]))
    #expect(
      Rule.mapFreeCount.needs().inImage
        == union(probe, header, [.mapMagic, .mapVersion, .mapCoversCache]))
    #expect(Rule.nodeEntriesFirst.needs(in: .root).inImage == union(probe, header, map))
    #expect(Rule.nodeEntriesFirst.needs(in: .root).onObject == [.nodeType])
    #expect(Rule.extentInRange.needs().inImage == union(probe, header, map, root))
  }

  @Test
  func `are the damage of the place for what is asked of the place`() {
    #expect(Rule.dataInFile.needs().onObject == [.extentInRange, .childInRange])
    #expect(Rule.extentAllocated.needs().onObject == [.extentInRange, .dataInFile])
    #expect(Rule.extentFlags.needs().onObject.isEmpty)
  }

  @Test
  func `are all damage of stage touch for the totals`() {
    #expect(Rule.blockOwned.needs().inImage == union(probe, header, map, root, touch))
    #expect(Rule.mapTotals.needs().inImage == Rule.blockOwned.needs().inImage)
    #expect(
      Rule.lruList.needs().inImage
        == union(probe, header, map, root, touch, [.cleanShutdown, .lruLinks]))
  }
}
