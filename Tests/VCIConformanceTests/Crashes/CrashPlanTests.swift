import SystemPackage
import Testing
import VCICrashing
import VCIFormat
import VCIFuzzing
import VCIGenerators

@testable import VCIConformance

private func capabilities(
  _ operations: Set<String>, _ features: Set<Feature> = []
) -> Capabilities {
  var capabilities = Capabilities()
  capabilities.operations = operations
  capabilities.features = features
  return capabilities
}

private let all = capabilities(
  ["create", "open-rw", "write", "discard", "flush", "set-moduuid"], Set(Feature.allCases))

/// The plans of ten rounds of all kinds, for a program that has everything.
private let plans = (0..<130).map { CrashPlan(seed: 1, index: $0, all) }

struct `A plan of a crash` {
  @Test
  func `follows from seed and index`() {
    for index in 0..<13 {
      #expect(CrashPlan(seed: 1, index: UInt64(index), all).words == plans[index].words)
    }
    #expect(CrashPlan(seed: 2, index: 3, all).words != plans[3].words)
  }

  @Test
  func `asks for nothing that is not declared`() {
    for features in [[], [.trees]] as [Set<Feature>] {
      requireFew(features)
    }
  }

  private func requireFew(_ features: Set<Feature>) {
    let few = capabilities(["create", "open-rw", "write"], features)
    for index in 0..<130 as Range<UInt64> {
      let plan = CrashPlan(seed: 1, index: index, few)
      if case .image(let start) = plan.start {
        #expect(!start.isDirty)
        #expect(start.blocks != 260 || features.contains(.trees))
      }
      if case .created(_, let isFixed) = plan.start { #expect(!isFixed) }
      for step in plan.steps {
        switch step {
        case .operation(.write), .operation(.close): break
        case .operation, .setState: Issue.record("\(plan.words)")
        }
      }
    }
  }

  @Test
  func `leaves few blocks of a cache of two leaves, and moves a root past block 256`() {
    let filled = plans.filter { $0.words.hasPrefix("split, closed after: write 1000+64 = 320: ") }
    #expect(filled.count == 10)
    for plan in filled {
      guard case .operation(.write(let block, let count, 1)) = plan.steps[0] else {
        Issue.record("\(plan.words)")
        continue
      }
      #expect(1100..<1110 ~= block.rawValue && 23...62 ~= count.rawValue)
      #expect(plan.steps[1] == .operation(.flush))
    }
    let long = plans.filter { plan in
      guard case .operation(.write(0, let count, 1)) = plan.steps[0] else { return false }
      return count.rawValue > 64
    }
    #expect(!long.isEmpty)
    for plan in long {
      guard case .created(let blocks, false) = plan.start else {
        Issue.record("\(plan.words)")
        continue
      }
      #expect(blocks >= 320)
      #expect(plan.steps.count { $0 == .operation(.flush) } >= 5)
    }
  }

  @Test
  func `begins with every kind of image, and lets flushes fail of those alone`() {
    let images = plans.compactMap { plan -> ForeignStart? in
      if case .image(let start) = plan.start { start } else { nil }
    }
    #expect(images.contains { $0.isDirty } && images.contains { !$0.isDirty })
    #expect(Set(images.map(\.blocks)) == [21, 36, 40, 260, 12000])
    #expect(images.contains { $0.inherited != nil })
    #expect(images.contains { $0.isDirty && $0.inherited == nil })
    let failing = plans.filter { $0.failingFlush != nil }
    #expect(!failing.isEmpty)
    for plan in failing {
      switch plan.start {
      case .created: Issue.record("\(plan.words)")
      // A flush that fails loses what is inherited too.
      case .image(let start): #expect(start.inherited == nil)
      }
    }
  }
}

struct `The recorder of a run` {
  @Test
  func `is missing, with the reason, where there is none beside the corpus`() {
    let state = RecorderState(for: [.crash(seed: 1, 0)], besideCorpus: "/nowhere/Corpus")
    guard case .missing(let reason) = state else {
      Issue.record("there is one")
      return
    }
    #expect(reason == "there is no recorder at /nowhere/Port/recorder/recorder.c")
  }

  @Test
  func `is missing where no test needs it`() {
    let state = RecorderState(for: [.workload(seed: 1, 0)], besideCorpus: "/nowhere/Corpus")
    if case .built = state { Issue.record("there is one") }
  }
}
