import Testing
import VCIFormat
import VCIFuzzing
import VCIGenerators

@testable import VCIConformance

/// The capabilities of a program that can do everything but these.
private func capabilities(without features: Set<Feature> = []) -> Capabilities {
  var capabilities = Capabilities()
  capabilities.operations = Set(Capabilities.operations)
  capabilities.features = Set(Feature.allCases).subtracting(features)
  return capabilities
}

private func plans(
  _ indices: Range<UInt64>, without features: Set<Feature> = [], seed: UInt64 = 3
) -> [WriterPlan] {
  indices.map { WriterPlan(seed: seed, index: $0, capabilities(without: features)) }
}

extension WriterPlan {
  /// The number of writes.
  fileprivate var writes: Int {
    operations.count { if case .write = $0 { true } else { false } }
  }

  fileprivate var image: Expectations? {
    if case .image(let image) = start { image } else { nil }
  }
}

struct `The workloads of a run` {
  @Test
  func `have each kind among the first 20, and most among the first 10`() {
    let kinds = (0..<20 as Range<UInt64>).map(WorkloadKind.ofWorkload)
    #expect(Set(kinds) == Set(WorkloadKind.allCases))
    #expect(Set(kinds.prefix(10)).count == 10)
  }

  @Test
  func `have 150 writes with gaps among the first 10, and 15,000 among the first 300`() {
    let indices = (0..<10 as Range<UInt64>).filter { WorkloadKind.ofWorkload($0) == .gapped }
    #expect(indices.count == 1)
    for index in indices {
      #expect(plans(index..<index + 1).allSatisfy { $0.writes >= 150 })
    }
    #expect(plans(227..<228).allSatisfy { $0.writes > 15_000 })
  }

  @Test
  func `begin with images that must be opened, dirty ones among them`() {
    let images = plans(0..<60).compactMap(\.image)
    #expect(images.count >= 15)
    for image in images { #expect(image.answers.openForWriting.answers.first == .taken) }
    let dirty = images.filter { $0.bytes.header.isDirty }
    #expect(dirty.count >= 4)
    #expect(images.contains { $0.bytes.bytes(at: $0.bytes.header.treeRoot.bytes, count: 1) == [1] })
  }

  @Test
  func `need no feature that the program lacks`() {
    let plans = plans(0..<40, without: [.trees, .wideDisks, .recovery, .fixed])
    // Of some that are drawn nothing is left.
    #expect(plans.count { $0.operations.isEmpty } <= 4)
    for plan in plans {
      if let image = plan.image {
        #expect(image.answers.openForWriting.answers == [.taken])
        #expect(ImageTest("", image).needs == [])
      }
      if case .created(_, let isFixed) = plan.start { #expect(!isFixed) }
      #expect(!plan.operations.contains { $0.isWide })
    }
  }

  @Test
  func `are the same for the same seed and index, and no two writes have the same content`() {
    for (one, other) in zip(plans(0..<20), plans(0..<20)) {
      #expect(one.steps == other.steps)
      var versions: Set<UInt32> = []
      for case .write(_, _, let version) in one.operations {
        #expect(versions.insert(version).inserted)
      }
    }
    #expect(plans(0..<20).map(\.steps) != plans(0..<20, seed: 4).map(\.steps))
  }

  @Test
  func `reach the end of all disks, and block 2^64`() {
    let operations = plans(0..<60).flatMap(\.operations)
    #expect(
      operations.contains {
        if case .discard(let block, let count) = $0 {
          block > 0 && block.rawValue &+ count.rawValue == 0
        } else {
          false
        }
      })
    #expect(
      operations.contains {
        if case .write(let block, let count, version: _) = $0 {
          block < Format.diskEnd && count.rawValue > Format.diskEnd.rawValue - block.rawValue
        } else {
          false
        }
      })
  }
}
