internal import Glibc
internal import Synchronization
internal import VCIFormat

/// A line on standard error that shows the progress of long work. It appears only on a terminal.
///
/// `show` draws it only after the work has taken a second, and then as the clock decides, however
/// often it is called.
public final class ProgressLine: Sendable {
  private let start = ContinuousClock.now
  private let isTerminal = ProgressLine.canBeDrawn
  /// When the line was last drawn, and whether it is on the terminal now.
  private let state = Mutex<(drawn: ContinuousClock.Instant?, isShown: Bool)>((nil, false))

  private static let delay = Duration.seconds(1)
  private static let pause = Duration.milliseconds(100)

  /// Makes the line for work that begins now.
  public init() {}

  /// Replaces the line by `text`, at most ten times a second.
  public func show(_ text: @autoclosure () -> String) {
    guard isTerminal else { return }
    let now = ContinuousClock.now
    let isDue = state.withLock { state in
      guard now - start > Self.delay, state.drawn.map({ now - $0 >= Self.pause }) ?? true else {
        return false
      }
      state = (now, true)
      return true
    }
    if isDue { draw(text()) }
  }

  /// Replaces the line by `text` at once, even in the first second of the work.
  public func announce(_ text: @autoclosure () -> String) {
    guard isTerminal else { return }
    state.withLock { $0 = (ContinuousClock.now, true) }
    draw(text())
  }

  private func draw(_ text: String) {
    Output.put("\r\u{1b}[K" + PrintableText(text).description.prefix(Self.columns - 1))
  }

  /// Removes the line from the terminal.
  public func clear() {
    let isShown = state.withLock { state in
      defer { state.isShown = false }
      return state.isShown
    }
    if isShown { Output.put("\r\u{1b}[K") }
  }

  /// The time since the work began.
  public var elapsed: Duration { ContinuousClock.now - start }

  /// Whether standard error is a terminal that can erase a line.
  private static var canBeDrawn: Bool {
    let terminal = unsafe getenv("TERM").map { unsafe String(cString: $0) }
    return isatty(STDERR_FILENO) == 1 && terminal != "dumb"
  }

  /// The width of the terminal in characters, 80 if unknown. A wrapped line could not be erased.
  private static var columns: Int {
    var size = winsize()
    guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else {
      return 80
    }
    return Int(size.ws_col)
  }
}
