extension Dump {
  /// The bytes of a node, fewer than 4096 at the end of the file, and its name.
  struct Node {
    let start: UInt64
    let label: String
    let bytes: [UInt8]
  }

  /// Dumps the tree whose root is at `root`: each node once, before its children, up to 16 levels.
  func writeTree(from root: BlockAddress) throws(StorageError) {
    var pending = [(address: root, path: NodePath.root)]
    var known: Set<BlockAddress> = [root]
    while let (address, path) = pending.popLast() {
      note("level \(path.depth + 1): node at block \(address)")
      let children = write(try node(at: address, path.description)) ?? []
      if path.depth == Format.maximumLevels - 1 {
        if !children.isEmpty { note("level 17 and below are not shown") }
        continue
      }
      let new = children.filter { slot, child in
        let isNew = known.insert(child).inserted
        if !isNew { note("\(path)/entry[\(slot)]: block \(child) has a node's place already") }
        return isNew
      }
      for (slot, child) in new.reversed() { pending.append((child, path.child(slot))) }
    }
  }

  func node(at address: BlockAddress, _ label: String) throws(StorageError) -> Node {
    let bytes = try bytes(at: address.bytes, count: Format.nodeSize)
    return Node(start: address.bytes, label: label, bytes: bytes)
  }

  /// Dumps a node by its type, and returns the children that it names; `nil` if the type is
  /// unknown.
  func write(_ node: Node) -> [(slot: Int, child: BlockAddress)]? {
    guard let first = node.bytes.first else {
      note("the file ends before \(node.label)")
      return nil
    }
    let type = Field.nodeType.layout
    line(
      .bytes(
        DumpedBytes(
          offset: node.start, bytes: [first], length: 1, path: "\(node.label).\(type.label)",
          value: "\(first)", meaning: Field.nodeType.meaning(of: UInt64(first)))))
    switch NodeType(rawValue: first) {
    case .leaf:
      writeSlots(of: node, as: Extent.self)
      return []
    case .internal:
      return writeSlots(of: node, as: InternalEntry.self).map { ($0.slot, $0.content.child) }
    case nil: return nil
    }
  }

  /// Dumps the slots of a node that are not zero, and returns the used ones.
  @discardableResult
  func writeSlots<Slot: NodeSlot>(
    of node: Node, as content: Slot.Type
  ) -> [(slot: Int, content: Slot)] {
    let type = Slot.nodeType
    let whole = node.bytes + [UInt8](repeating: 0, count: Format.nodeSize - node.bytes.count)
    var used: [(slot: Int, content: Slot)] = []
    for index in 0..<type.capacity {
      guard 1 + (index + 1) * type.slotSize <= node.bytes.count else {
        note("the file ends before \(node.label)/\(type.slotStructure)[\(index)] does")
        return used
      }
      let slot = unsafe Slot(decoding: whole.span.bytes, slot: index)
      write(slot, index, of: node)
      if slot.slotState == .used { used.append((index, slot)) }
    }
    writeStray(in: node, from: type.paddingStart, "\(node.label).entries", "padding")
    return used
  }

  private func write<Slot: NodeSlot>(_ slot: Slot, _ index: Int, of node: Node) {
    let structure = Slot.nodeType.slotStructure
    let label = "\(node.label)/\(structure)[\(index)]"
    let base = Slot.start(of: index)
    switch slot.slotState {
    case .unused:
      writeStray(in: node, from: base, to: base + structure.size, label, "unused")
      return
    case .half: note("\(label): half-zero, neither used nor unused")
    case .used: break
    }
    writeFields(
      of: structure, in: node.bytes, at: node.start + UInt64(base), base: base
    ) { "\(label).\($0.label)" }
  }

  /// Dumps bytes of a node that should be zero, if one of them is not.
  private func writeStray(
    in node: Node, from start: Int, to end: Int = Format.nodeSize, _ path: String, _ what: String
  ) {
    let bytes = node.bytes[min(start, node.bytes.count)..<min(end, node.bytes.count)]
    guard bytes.contains(where: { $0 != 0 }) else { return }
    writeZeros(Array(bytes), at: node.start + UInt64(start), path, what)
  }
}
