import Testing
import VCIFormat

/// What a check ends before each group for, typed by hand.
private let probe = ["FILE-001", "HDR-001", "HDR-002"]
private let header =
  probe + [
    "FILE-005", "HDR-003", "HDR-004", "HDR-005", "HDR-006", "HDR-007", "HDR-008", "HDR-009",
  ]
private let map = header + ["MAP-001", "MAP-002", "MAP-003", "MAP-004"]
private let root =
  map + [
    "NODE-001", "NODE-006", "NODE-007", "NODE-009", "INT-001", "INT-002", "EXT-001", "EXT-002",
  ]
/// What hides a part of the tree.
private let touch = [
  "FILE-006", "NODE-001", "NODE-002", "NODE-004", "NODE-006", "NODE-007", "NODE-009", "NODE-012",
  "INT-001", "INT-002", "INT-003", "EXT-001", "EXT-002", "EXT-003", "EXT-007",
]

private func ids(_ set: RuleSet) -> Set<String> {
  Set(set.rules.map { String($0.id.dropFirst(4)) })
}

struct `What silences a rule` {
  @Test(
    arguments: [
      (.fileHoldsHeader, []), (.headerSignature, ["FILE-001"]),
      (.headerVersion, ["FILE-001", "HDR-001"]),
      (.fileSizeWhole, probe), (.headerBlocks, probe), (.headerUncleanShutdown, probe),
      (.headerCacheType, probe), (.headerReservedZero, probe), (.headerImageUUID, probe),
      (.cleanShutdown, probe),
      (.fileWithinCapacity, probe + ["HDR-003"]), (.rootInRange, probe + ["HDR-003"]),
      (.mapBlocksFit, probe + ["HDR-003"]), (.headerBlocksWhole, probe + ["HDR-003"]),
      (.fixedFileFull, probe + ["HDR-003", "HDR-005"]),
      (.mapInRange, probe + ["HDR-003", "HDR-009"]),
      (.mapApartFromRoot, probe + ["HDR-003", "HDR-006", "HDR-007", "HDR-009"]),
    ] as [(Rule, [String])])
  func `in the header`(rule: Rule, expected: [String]) {
    #expect(ids(rule.silencers(in: .root).inImage) == Set(expected))
    #expect(rule.silencers(in: .root).onObject.isEmpty)
  }

  @Test
  func `of FILE-005 depends on the part`() {
    let rule = Rule.mapAndRootInFile
    #expect(
      ids(rule.silencers(on: .map).inImage) == Set(probe + ["HDR-003", "HDR-007", "HDR-009"]))
    #expect(ids(rule.silencers(on: .root).inImage) == Set(probe + ["HDR-003", "HDR-006"]))
  }

  @Test(
    arguments: [
      (.mapMagic, header), (.mapVersion, header + ["MAP-001"]),
      (.mapCoversCache, header + ["MAP-001", "MAP-002"]),
      (.mapReservedZero, header + ["MAP-001", "MAP-002"]),
      (.mapCountersSum, header + ["MAP-001", "MAP-002", "MAP-003"]),
      (.mapFreeCount, header + ["MAP-001", "MAP-002", "MAP-003"]),
      (.mapTailClear, header + ["MAP-001", "MAP-002", "MAP-003"]),
    ] as [(Rule, [String])])
  func `in the map`(rule: Rule, expected: [String]) {
    #expect(ids(rule.silencers(in: .root).inImage) == Set(expected))
    #expect(rule.silencers(in: .root).onObject.isEmpty)
  }

  @Test
  func `in the root is what is wrong before it, and its type`() {
    #expect(ids(Rule.nodeType.silencers(in: .root).inImage) == Set(map))
    #expect(Rule.nodeType.silencers(in: .root).onObject.isEmpty)
    for rule in [Rule.nodeEntriesFirst, .nodeEntriesWhole, .extentOrder, .extentWithinDisk] {
      #expect(ids(rule.silencers(in: .root).inImage) == Set(map))
      #expect(rule.silencers(in: .root).onObject == [.nodeType])
      #expect(ids(rule.silencers(in: .elsewhere).inImage) == Set(root))
    }
    #expect(ids(Rule.nodeRestZero.silencers(in: .root).inImage) == Set(root))
  }

  @Test(
    arguments: [
      (.mapHoldsMetadata, []), (.extentInRange, []), (.extentFlags, []), (.extentReservedZero, []),
      (.dataInFile, ["EXT-003", "NODE-002"]), (.extentAllocated, ["EXT-003", "FILE-006"]),
      (.extentApartFromMetadata, ["EXT-003", "FILE-006"]),
      (.extentApartFromData, ["EXT-003", "FILE-006"]),
    ] as [(Rule, [String])])
  func `in the tree is what ends a check, and what the place lacks`(
    rule: Rule, onObject: [String]
  ) {
    #expect(ids(rule.silencers().inImage) == Set(root))
    #expect(ids(rule.silencers().onObject) == Set(onObject))
  }

  @Test
  func `over the whole tree is damage that hides a part of it`() {
    for rule in [Rule.mapTotals, .mapTotalsApart, .blockOwned] {
      #expect(ids(rule.silencers().inImage) == Set(root + touch))
    }
    #expect(ids(Rule.lruLinks.silencers().inImage) == Set(root + touch + ["SHD-001"]))
    #expect(ids(Rule.lruList.silencers().inImage) == Set(root + touch + ["SHD-001", "LRU-002"]))
  }

  @Test
  func `is never the rule itself, nor a rule that it silences`() {
    for rule in Rule.allCases {
      for situation in [Situation.root, .elsewhere] {
        for other in rule.silencers(in: situation, on: .map).inImage.rules where other != rule {
          #expect(!other.silencers(in: .root, on: .map).inImage.contains(rule), "\(rule), \(other)")
        }
      }
      #expect(!rule.silencers(in: .root, on: .root).inImage.contains(rule))
    }
  }
}

struct `The groups of a check` {
  @Test
  func `take the rules in the order of a check`() {
    func group(_ group: RuleGroup) -> Set<String> {
      ids(RuleSet(Rule.allCases.filter { $0.group(in: .root) == group }))
    }
    #expect(group(.probe) == Set(probe))
    #expect(
      group(.header)
        == Set(
          ["FILE-002", "FILE-003", "FILE-004", "FILE-005", "SHD-001"]
            + (3...9).map { "HDR-00\($0)" } + ["HDR-010", "HDR-011", "HDR-012"]))
    #expect(group(.map) == Set((1...7).map { "MAP-00\($0)" }))
    #expect(group(.root) == Set(root).subtracting(map))
    #expect(group(.tree).count == 55 - 3 - 15 - 7 - 8)
  }
}
