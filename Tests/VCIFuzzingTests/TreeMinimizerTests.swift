@testable import VCIFuzzing
import Testing
import VCIChecker
import VCIFormat
import VCIGenerators

struct Probe {
  @Test(arguments: [
    Rule.childInRange, .nodeNamedOnce, .nodeAllocated, .nodeApart, .leavesLevel, .treeDepth,
    .entryOrder, .entryWithinDisk, .childWithinEntry, .internalNodeUsed, .leafUsed, .nodeType,
    .dataInFile, .extentApartFromData, .extentOrder, .extentWithinDisk, .nodeEntriesFirst,
    .lruList, .blockOwned, .mapTailClear,
  ])
  func probe(_ rule: Rule) throws {
    let fault = KnownFault(rule)
    for fuzzCase in fault.cases(3, of: 1) {
      let start = ContinuousClock.now
      let smallest = try Smallest(of: fuzzCase, fault)
      print("PROBE", rule, fuzzCase.iteration, fuzzCase.edits.count, fuzzCase.plan!.nodes.count, "->", smallest, ContinuousClock.now - start)
    }
  }
}
