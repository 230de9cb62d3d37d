/// Extents in one sorted array: found by halving, kept in order by moving all that lies behind.
package final class ExtentArray: PlainExtentStore {
  package private(set) var all: [PlainExtent]

  package init(_ extents: [PlainExtent]) { all = extents }

  package func find(_ block: UInt64) -> UInt64? {
    let index = index(behind: block)
    guard index > 0 else { return nil }
    let extent = all[index - 1]
    return block < extent.end ? extent.address + (block - extent.offset) : nil
  }

  package func insert(_ extent: PlainExtent) {
    all.insert(extent, at: index(behind: extent.offset))
  }

  package func remove(_ offset: UInt64) {
    let index = index(behind: offset) - 1
    precondition(all[index].offset == offset, "no extent at disk block \(offset)")
    all.remove(at: index)
  }

  package func grow(to offset: UInt64, _ address: UInt64, stamp: UInt64) -> Bool {
    let index = index(behind: offset) - 1
    guard index >= 0, all[index].end == offset, all[index].address + all[index].count == address
    else { return false }
    all[index].count += 1
    all[index].stamp = stamp
    return true
  }

  package func removeLast(_ offset: UInt64) -> UInt64 {
    let index = index(behind: offset) - 1
    let extent = all[index]
    precondition(extent.end == offset + 1, "disk block \(offset) is not the last of \(extent)")
    if extent.count == 1 { all.remove(at: index) } else { all[index].count -= 1 }
    return extent.address + (offset - extent.offset)
  }

  /// The index of the first extent that begins behind a disk block.
  private func index(behind block: UInt64) -> Int {
    all.firstIndex(reaching: { $0.offset > block })
  }
}
