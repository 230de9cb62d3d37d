/// Extents in one doubly linked list in order, each walked to from the start.
package final class ExtentList: PlainExtentStore {
  private struct Link {
    var extent: PlainExtent
    var previous: UnsafeMutablePointer<Link>?
    var next: UnsafeMutablePointer<Link>?
  }

  private typealias Place = UnsafeMutablePointer<Link>
  private var first: UnsafeMutablePointer<Link>?

  package init(_ extents: [PlainExtent]) {
    var last: Place?
    for extent in extents { last = add(extent, behind: last) }
  }

  deinit {
    var place = first
    while let link = place {
      place = link.pointee.next
      link.deallocate()
    }
  }

  package func find(_ block: UInt64) -> UInt64? {
    guard let link = last(through: block), block < link.pointee.extent.end else {
      return nil
    }
    return link.pointee.extent.address + (block - link.pointee.extent.offset)
  }

  package func insert(_ extent: PlainExtent) {
    _ = add(extent, behind: last(through: extent.offset))
  }

  package func remove(_ offset: UInt64) {
    guard let link = last(through: offset), link.pointee.extent.offset == offset
    else { preconditionFailure("no extent at disk block \(offset)") }
    remove(link)
  }

  package func grow(to offset: UInt64, _ address: UInt64, stamp: UInt64) -> Bool {
    guard let link = last(through: offset) else { return false }
    let extent = link.pointee.extent
    guard extent.end == offset, extent.address + extent.count == address else { return false }
    link.pointee.extent.count += 1
    link.pointee.extent.stamp = stamp
    return true
  }

  package func removeLast(_ offset: UInt64) -> UInt64 {
    guard let link = last(through: offset) else {
      preconditionFailure("no disk block \(offset)")
    }
    let extent = link.pointee.extent
    precondition(extent.end == offset + 1, "disk block \(offset) is not the last of \(extent)")
    if extent.count == 1 {
      remove(link)
    } else {
      link.pointee.extent.count -= 1
    }
    return extent.address + (offset - extent.offset)
  }

  package var all: [PlainExtent] {
    var all: [PlainExtent] = []
    var place = first
    while let link = place {
      all.append(link.pointee.extent)
      place = link.pointee.next
    }
    return all
  }

  /// The last extent that begins at a disk block or before it.
  private func last(through block: UInt64) -> Place? {
    var last: Place?
    var place = first
    while let link = place, link.pointee.extent.offset <= block {
      last = link
      place = link.pointee.next
    }
    return last
  }

  private func add(_ extent: PlainExtent, behind previous: Place?) -> Place {
    let link = Place.allocate(capacity: 1)
    let next = previous == nil ? first : previous?.pointee.next
    link.initialize(to: Link(extent: extent, previous: previous, next: next))
    next?.pointee.previous = link
    if let previous = previous {
      previous.pointee.next = link
    } else {
      first = link
    }
    return link
  }

  private func remove(_ link: Place) {
    let (previous, next) = (link.pointee.previous, link.pointee.next)
    next?.pointee.previous = previous
    if let previous = previous {
      previous.pointee.next = next
    } else {
      first = next
    }
    link.deallocate()
  }
}
