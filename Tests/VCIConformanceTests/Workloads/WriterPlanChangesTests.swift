import Testing
import VCIChecker
import VCIFormat
import VCIFuzzing
import VCIGenerators

@testable import VCIConformance

private func capabilities(
  mostBlocks: UInt64? = nil, without features: Set<Feature> = []
) -> Capabilities {
  var capabilities = Capabilities()
  capabilities.operations = Set(Capabilities.operations)
  capabilities.features = Set(Feature.allCases).subtracting(features)
  capabilities.mostBlocks = mostBlocks
  return capabilities
}

/// The first workload of a kind.
private func plan(_ kind: WorkloadKind) throws -> WriterPlan {
  let plans = (UInt64(0)..<100).lazy
    .filter { WorkloadKind.ofWorkload($0) == kind }
    .map { WriterPlan(seed: 1, index: $0, capabilities()) }
  return try #require(plans.first)
}

private func write(_ block: UInt64) -> CacheOperation { .write(BlockOffset(block), 1, version: 1) }

struct `A changed workload` {
  @Test
  func `keeps steps that are no operations where they are, or last`() throws {
    let state = WorkloadStep.setState(ImageUUID(high: 1, low: 2))
    let other = WorkloadStep.setState(ImageUUID(high: 3, low: 4))
    let steps = [.operation(write(1)), state, .operation(.close), .operation(write(2)), other]
    let plan = try plan(.mixed).with(steps)
    #expect(plan.with(plan.operations).steps == steps)
    #expect(
      plan.with([write(7), write(8), .flush]).steps
        == [.operation(write(7)), state, .operation(write(8)), .operation(.flush), other])
    #expect(plan.with([write(7)]).steps == [.operation(write(7)), state, other])
    #expect(plan.with([CacheOperation]()).steps == [state, other])
  }

  @Test
  func `has a limit of the size of the file, or none`() throws {
    let limited = try plan(.limited)
    #expect(limited.with([.operation(.flush)]).growth == limited.growth)
    #expect(try #require(limited.withoutLimit).growth == nil)
    #expect(limited.withoutLimit?.withoutLimit == nil)
    #expect(limited.withoutTurns == nil)
  }

  @Test
  func `begins with a dirty image only where the program must open it`() throws {
    let dirty = try plan(.dirty)
    guard case .image(let image) = dirty.start else {
      Issue.record("a dirty workload begins with an image")
      return
    }
    #expect(image.bytes.header.isDirty)
    let editable = EditableImage(try #require(image.bytes.materialized(limit: 1 << 24)))
    #expect(dirty.beginning(with: editable, capabilities()) != nil)
    #expect(dirty.beginning(with: editable, capabilities(without: [.recovery])) == nil)
    #expect(dirty.beginning(with: editable, capabilities(mostBlocks: 10)) == nil)
  }

  @Test
  func `begins with the same image, clean`() throws {
    let plans = (UInt64(0)..<100).filter { WorkloadKind.ofWorkload($0) == .dirty }
      .map { WriterPlan(seed: 1, index: $0, capabilities()) }
    let clean = plans.compactMap { $0.clean(capabilities()) }
    #expect(!clean.isEmpty)
    for plan in clean {
      guard case .image(let image) = plan.start else { continue }
      #expect(!image.bytes.header.isDirty)
      #expect(image.answers.openForWriting.answers.first == .taken)
      #expect(plan.clean(capabilities()) == nil)
    }
  }

  @Test
  func `creates what the program says that it can`() throws {
    let plan = try plan(.limited)
    #expect(plan.creating(blocks: 21, isFixed: true, capabilities())?.growth == plan.growth)
    #expect(plan.creating(blocks: 21, isFixed: true, capabilities(without: [.fixed])) == nil)
    #expect(plan.creating(blocks: 22, isFixed: false, capabilities(mostBlocks: 21)) == nil)
  }
}
