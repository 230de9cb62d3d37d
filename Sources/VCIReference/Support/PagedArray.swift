/// An array that grows by pages: growing copies no element, and at most one page is spare.
struct PagedArray<Element> {
  private var pages: [[Element]] = []
  private(set) var count = 0

  mutating func append(_ element: Element) {
    if count % Self.pageSize == 0 { addPage() }
    pages[pages.count - 1].append(element)
    count += 1
  }

  /// The element at `index`.
  ///
  /// - Precondition: the index is below `count`.
  subscript(index: Int) -> Element {
    get { pages[index / Self.pageSize][index % Self.pageSize] }
    set { pages[index / Self.pageSize][index % Self.pageSize] = newValue }
  }

  private static var pageSize: Int { 1024 }

  private mutating func addPage() {
    var page: [Element] = []
    // The first page grows as needed, for small images.
    if count > 0 { page.reserveCapacity(Self.pageSize) }
    pages.append(page)
  }
}
