import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

/// Draws some plans of a shape.
private func plans(
  _ shape: StartShape, _ room: StartRoom = .some, isDirty: Bool = false
) -> [ImagePlan] {
  (0..<12 as Range<UInt64>).map { index in
    var choices = Choices(RandomSource(seed: 46, index: index, stream: RandomStream(rawValue: 46)))
    return .drawn(shape, room, isDirty: isDirty, from: &choices)
  }
}

struct `An image to begin with` {
  @Test(arguments: StartShape.allCases)
  func `is valid and clean, and has room to write`(shape: StartShape) throws {
    for plan in StartRoom.allCases.flatMap({ plans(shape, $0) }) {
      let model = try #require(EditableImage(plan).model)
      let findings = try #require(Forecast(model)).findings
      #expect(findings.allSatisfy { $0.ruleClass == .advice }, "\(findings)")
      #expect(WriterRoom(model).isEnough)
      #expect((plan.depth > 1) == shape.isTree)
    }
  }

  @Test
  func `may be dirty`() throws {
    for plan in plans(.deep, isDirty: true) {
      #expect(plan.isDirty)
      let model = try #require(EditableImage(plan).model)
      let findings = try #require(Forecast(model)).findings
      #expect(findings.contains { $0.rule == .cleanShutdown })
      #expect(!findings.contains { $0.ruleClass == .corruption })
    }
  }

  @Test
  func `has the full nodes of its shape`() {
    #expect(plans(.fullLeaf).allSatisfy { 106...107 ~= $0.nodes[0].extents.count })
    #expect(plans(.fullLeaf).contains { $0.nodes[0].extents.count == 107 })
    for plan in plans(.fullRoot) {
      #expect(203...204 ~= plan.nodes[0].entries.count)
      #expect(plan.nodes.contains { $0.extents.count >= 106 })
    }
    for plan in plans(.fullLevels) {
      #expect(plan.depth == 3)
      #expect(plan.nodes.filter { $0.entries.count == 204 }.count == 2)
      #expect(plan.nodes.contains { $0.extents.count == 107 })
    }
    #expect(plans(.chain).contains { $0.depth >= 10 })
  }

  @Test
  func `of windows has entries that cannot be wider, and nearly touch`() {
    for plan in plans(.windows) {
      let entries = plan.nodes[0].entries
      #expect(203...204 ~= entries.count)
      #expect(entries.allSatisfy { $0.blocks == 0xffff_ffff })
      for (left, right) in zip(entries, entries.dropFirst()) {
        #expect(right.offset.rawValue - left.offset.rawValue - 0xffff_ffff <= 5000)
      }
      for (entry, leaf) in zip(entries, plan.nodes.dropFirst()) {
        #expect(leaf.extents.first?.offset == entry.offset)
        #expect(
          leaf.extents.last.map { $0.offset.rawValue + $0.blocks.rawValue }
            == entry.offset.rawValue + 0xffff_ffff)
      }
    }
  }

  @Test
  func `that is loose has ranges on each level that are wider than what lies below`() {
    let plans = plans(.loose)
    #expect(plans.allSatisfy { $0.depth == 3 })
    // The blocks by which the entries of nodes of a type are wider behind.
    func margins(_ nodes: (NodePlan) -> Bool) -> Set<UInt64> {
      Set(
        plans.flatMap { plan in
          plan.nodes.flatMap(\.entries).filter { nodes(plan.nodes[$0.node]) }.compactMap { entry in
            let child = plan.nodes[entry.node]
            let ends =
              child.entries.map { $0.offset.rawValue + $0.blocks.rawValue }
              + child.extents.map { $0.offset.rawValue + $0.blocks.rawValue }
            return ends.max().map { entry.offset.rawValue + entry.blocks.rawValue - $0 }
          }
        })
    }
    #expect(margins { !$0.entries.isEmpty } == [0, 1, 40, 600])
    // A leaf has one block more behind it, and up to three that no extent follows.
    #expect(margins { !$0.extents.isEmpty }.isSuperset(of: [2, 42, 602]))
    let empty = plans.filter { $0.extents.isEmpty }
    #expect(!empty.isEmpty && empty.count < plans.count)
  }

  @Test
  func `has as much room as it is to have`() throws {
    func rooms(_ room: StartRoom) throws -> [UInt64] {
      try plans(.fullLeaf, room).map { plan in
        WriterRoom(try #require(EditableImage(plan).model)).rooms
      }
    }
    #expect(try rooms(.least).allSatisfy { 1...3 ~= $0 })
    #expect(try rooms(.some).allSatisfy { 9...73 ~= $0 })
    #expect(try rooms(.much).allSatisfy { $0 >= 512 })
  }
}
