internal import VCIFormat

extension ExtentTree {
  /// Puts a node into 4096 zero bytes. `links` returns the neighbours of an extent in the list, by
  /// the addresses of their data.
  func encode(
    _ id: NodeID, into bytes: inout MutableRawSpan,
    links: (LRUList.ID) -> (previous: BlockAddress, next: BlockAddress) = { _ in (0, 0) }
  ) {
    let node = self[id]
    let type: NodeType = node.isLeaf ? .leaf : .internal
    bytes.put(type.rawValue, at: Field.nodeType.offset)
    for slot in 0..<Int(node.count) {
      if node.isLeaf {
        let extent = extent(node, slot)
        extent.stored(between: links(extent.id)).encode(into: &bytes, slot: slot)
      } else {
        let entry = entry(node, slot)
        InternalEntry(
          offset: BlockOffset(entry.offset), blocks: BlockCount(UInt64(entry.count)),
          child: self[entry.child].address
        ).encode(into: &bytes, slot: slot)
      }
    }
  }
}

extension ExtentSlot {
  /// The extent as the file has it, between two others in the list.
  func stored(between links: (previous: BlockAddress, next: BlockAddress)) -> Extent {
    Faults.encoded(
      Extent(
        previous: links.previous, next: links.next, reserved: reserved,
        offset: BlockOffset(offset), blocks: data.count, address: data.first))
  }
}
