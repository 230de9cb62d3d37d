internal import VCIChecker
internal import VCICommandLine

/// Shows on a terminal which file of how many `vci check` works on, and how far its check is.
struct CheckBar {
  /// The bar for the bytes read.
  let reading: ProgressBar
  private let counting: ProgressBar

  /// The number of extents from which on sorting takes so long that it is announced.
  private static let many = 1 << 20

  /// Makes the bar for the file called `name`, file `number` of `count`, on the line that all files
  /// share.
  init(_ name: String, _ number: Int, of count: Int, on line: ProgressLine) {
    let title = count == 1 ? name : "\(name) (\(number) of \(count))"
    reading = ProgressBar(title, in: .bytes, on: line)
    counting = ProgressBar(title, in: .things("extents"), on: line)
    if count > 1 { reading.show("a check begins") }
  }

  /// Shows the progress of the steps after the walk through the tree.
  func show(_ progress: CheckProgress) {
    switch progress {
    case .owners(let extents) where extents >= Self.many:
      reading.announce("\(extents) extents are compared with the bitmap")
    case .owners(let extents):
      reading.show("\(extents) extents are compared with the bitmap")
    case .collisions(let done, let total):
      reading.show("blocks are claimed twice: comparison \(done) of \(total)")
    case .links(let done, let total): counting.show(UInt64(done), of: UInt64(total))
    }
  }

  /// Removes the bar from the terminal.
  func clear() { reading.clear() }
}
