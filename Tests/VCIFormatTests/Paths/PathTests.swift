import Testing
import VCIFormat

struct `The path of a node` {
  @Test
  func `is the slots that lead to it`() {
    let path = NodePath.root.child(1).child(203).child(0)
    #expect(path.description == "tree/1/203/0")
    #expect(path.depth == 3)
    #expect([path[0], path[1], path[2]] == [1, 203, 0])
    #expect(NodePath.root.description == "tree")
    #expect(NodePath.root.depth == 0)
  }

  @Test
  func `is as deep as the deepest node, each slot kept`() {
    var path = NodePath.root
    for slot in 0..<15 { path = path.child(189 + slot) }
    #expect((0..<15).map { path[$0] } == Array(189..<204))
    #expect(path.depth == 15)
  }

  @Test
  func `differs where a slot or the depth differs`() {
    #expect(NodePath.root.child(0) != .root)
    #expect(NodePath.root.child(0).child(0) != NodePath.root.child(0))
    #expect(NodePath.root.child(1) != NodePath.root.child(2))
    #expect(NodePath.root.child(1) == NodePath.root.child(1))
    #expect(Set([NodePath.root, .root.child(0), .root.child(0)]).count == 2)
  }

  @Test
  func `deeper than that, or with a slot that no node has, is a fault of ours`() async {
    await #expect(processExitsWith: .failure) {
      var path = NodePath.root
      for _ in 0..<16 { path = path.child(0) }
    }
    await #expect(processExitsWith: .failure) { _ = NodePath.root.child(204) }
  }
}

struct `The path of a place` {
  let child = NodePath.root.child(7)

  @Test
  func `names a place as findings print it`() {
    let paths: [(Path, String)] = [
      (.file, "file"), (.field(.treeRoot), "header.treeRoot"), (.field(.mapFree), "map.free"),
      (.field(.headerReserved), "header.reserved"), (.field(.mapReserved), "map.reserved"),
      (.bit(17), "bitmap[17]"), (.node(.root, nil), "tree"), (.node(.root, .nodeType), "tree.type"),
      (.node(.root, .nodeEntries), "tree.entries"), (.node(child, .nodeType), "tree/7.type"),
      (.extent(.root, slot: 5, nil), "tree/extent[5]"),
      (.extent(child, slot: 5, .extentAddress), "tree/7/extent[5].blockAddress"),
      (.entry(.root, slot: 203, .entryChild), "tree/entry[203].childAddress"),
    ]
    for (path, text) in paths { #expect(path.description == text) }
  }

  @Test
  func `lies in the root if it is the root or a part of it`() {
    #expect(Path.node(.root, nil).isInRoot)
    #expect(Path.extent(.root, slot: 0, nil).isInRoot)
    #expect(Path.entry(.root, slot: 0, .entryChild).isInRoot)
    #expect(!Path.node(child, nil).isInRoot)
    #expect(!Path.field(.treeRoot).isInRoot)
    #expect(!Path.bit(0).isInRoot)
    #expect(!Path.file.isInRoot)
  }
}
